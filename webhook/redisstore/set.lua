-- Changes a key if the claim still owns it.
-- KEYS[1] key; ARGV token, state, free in ms, keep ms (0: as it was), fields.
-- Returns 1, or 0 where the claim is lost.
local k = redis.call('HMGET', KEYS[1], 'state', 'token', 'keep')
if k[1] ~= 'claimed' or k[2] ~= ARGV[1] then return 0 end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local keep = ARGV[4] ~= '0' and ARGV[4] or k[3]
redis.call('HSET', KEYS[1], 'state', ARGV[2], 'free', string.format('%.0f', now + ARGV[3]), 'keep', keep)
for i = 5, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', ARGV[3] + keep))
return 1
