package redislimit

import "github.com/redis/go-redis/v9"

// common begins both scripts: it takes back the permits whose time has come.
// A member is "process:number|cost", its score when it ends, in milliseconds
// of Redis's clock.
const common = `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local back = 0
for _, m in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now)) do
	back = back + tonumber(string.match(m, '|(%d+)$'))
	redis.call('ZREM', KEYS[1], m)
end
local used = tonumber(redis.call('GET', KEYS[2]) or '0') - back
local function save(keep)
	redis.call('SET', KEYS[2], used, 'PX', keep)
	redis.call('PEXPIRE', KEYS[1], keep)
end
local longest = 86400000
`

// takeScript: ARGV cost, limit, lease, member. It returns the milliseconds to
// wait, 0 when the permit was given.
var takeScript = redis.NewScript(common + `
local cost, limit, lease = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local keep = math.max(longest, 2 * lease)
local pause = redis.call('PTTL', KEYS[3])
if pause <= 0 and (used + cost <= limit or used <= 0) then
	used = math.max(used, 0) + cost
	redis.call('ZADD', KEYS[1], now + lease, ARGV[4])
	save(keep)
	return 0
end
save(keep)
local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
local wait = 1
if first[2] then wait = math.max(tonumber(first[2]) - now, 1) end
return math.max(wait, pause)
`)

// settleScript: ARGV member, member with the true cost, cost, true cost, how
// long it is still held (0: not sent), pause.
var settleScript = redis.NewScript(common + `
if redis.call('ZREM', KEYS[1], ARGV[1]) == 1 then used = used - tonumber(ARGV[3]) end
local hold, pause = tonumber(ARGV[5]), tonumber(ARGV[6])
if hold > 0 then
	redis.call('ZADD', KEYS[1], now + hold, ARGV[2])
	used = used + tonumber(ARGV[4])
end
if pause > 0 then redis.call('SET', KEYS[3], 1, 'PX', pause) end
save(math.max(longest, 2 * hold))
return 0
`)
