-- Makes a dead key claimable. KEYS[1] key; ARGV keep ms.
-- Returns 1, or 0 where no dead key is there.
if redis.call('HGET', KEYS[1], 'state') ~= 'dead' then return 0 end
redis.call('HSET', KEYS[1], 'state', 'released', 'free', 0)
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1
