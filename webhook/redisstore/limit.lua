-- Takes a permit from a bucket that refills steadily (GCRA).
-- KEYS[1] bucket; ARGV microseconds a permit, microseconds of burst.
-- Returns 0, or the microseconds until a permit is free.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local full = math.max(tonumber(redis.call('GET', KEYS[1]) or 0), now) + ARGV[1]
local wait = full - ARGV[2] - now
if wait > 0 then return string.format('%.0f', wait) end
redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', string.format('%.0f', math.ceil((full - now) / 1000)))
return '0'
