-- Changes a key if the claim still owns it.
-- KEYS[1] key; ARGV token, state, free in ms, keep ms (0: as it was), call, fields.
-- Returns 1, or 0 where the claim is lost. A client that did not get its answer
-- repeats the call, which has taken effect then.
local k = redis.call('HMGET', KEYS[1], 'state', 'token', 'keep', 'call')
if k[2] ~= ARGV[1] then return 0 end
if k[1] ~= 'claimed' then return k[4] == ARGV[5] and 1 or 0 end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local keep = ARGV[4] ~= '0' and ARGV[4] or k[3]
redis.call('HSET', KEYS[1], 'state', ARGV[2], 'free', string.format('%.0f', now + ARGV[3]), 'keep', keep, 'call', ARGV[5])
for i = 6, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', ARGV[3] + keep))
return 1
