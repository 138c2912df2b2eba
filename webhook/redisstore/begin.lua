-- Claims a key or tells why it cannot be claimed.
-- KEYS[1] key; ARGV fingerprint, token, lease ms, keep ms.
-- Returns state, attempt, unsettled, wait ms, result, cause. A client that did
-- not get its answer sends the same token again, and gets it then.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local k = redis.call('HMGET', KEYS[1], 'state', 'fingerprint', 'attempt', 'unsettled', 'free', 'result', 'cause', 'token')
local state, fingerprint = k[1], k[2]
local unsettled = (k[4] == '1' or state == 'claimed') and 1 or 0

if state == 'claimed' and k[8] == ARGV[2] then
  return {'acquired', tonumber(k[3]), tonumber(k[4]), 0, '', ''}
end
if state then
  if fingerprint ~= '' and ARGV[1] ~= '' and fingerprint ~= ARGV[1] then
    return {'mismatch', 0, 0, 0, '', ''}
  end
  if state == 'done' then return {'done', 0, 0, 0, k[6] or '', ''} end
  if state == 'dead' then return {'dead', 0, unsettled, 0, '', k[7] or ''} end
  local wait = tonumber(k[5]) - now
  if wait > 0 then return {'in flight', 0, 0, wait, '', ''} end
else
  fingerprint = ARGV[1]
end

local attempt = (tonumber(k[3]) or 0) + 1
redis.call('HSET', KEYS[1], 'state', 'claimed', 'fingerprint', fingerprint, 'token', ARGV[2],
  'attempt', attempt, 'unsettled', unsettled, 'free', string.format('%.0f', now + ARGV[3]), 'keep', ARGV[4])
redis.call('HDEL', KEYS[1], 'result', 'cause')
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', ARGV[3] + ARGV[4]))
return {'acquired', attempt, unsettled, 0, '', ''}
