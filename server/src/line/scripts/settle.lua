-- The sums of a batch are written: the store forgets them, once.
-- KEYS   11 batch    hash  as in gather.lua
--        12 settled  hash  number of a batch -> the claim under which it was settled
-- ARGV   11 number, 12 claim
-- Output 1 it is this claim's, 2 it is another relay's, 0 it is not known
local batch, settled, number, claim = KEYS[11], KEYS[12], ARGV[11], ARGV[12]
local held = redis.call('HGET', batch, '#number') == number
local owner = held and redis.call('HGET', batch, '#claim') or redis.call('HGET', settled, number)
if not owner then
  return { 0, spent }
end
if owner ~= claim then
  return { 2, spent }
end
if held then
  redis.call('DEL', batch)
end
redis.call('HSET', settled, number, claim)
redis.call('PEXPIRE', settled, whole(COUNTED_TTL))
return done(1)
