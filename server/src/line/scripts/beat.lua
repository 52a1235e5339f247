-- Replaces the latest beat and rings. A goodbye is not replaced: nothing comes after it.
-- KEYS   1 the box
-- ARGV   4 the envelope, 5 the bell
-- Output { 1, the level, 4 numbers }, or { 0 } after a goodbye
local box = KEYS[1]
local h = held(box)
if h.beat == GOODBYE then
  return { 0 }
end
h.beat = risen(h.beat)
redis.call('HSET', box, 'b', ARGV[4], 'bm', whole(h.beat), 'u', whole(now + ttl))
redis.call('PEXPIRE', box, whole(ttl))
local l = level(box, h)
ring(ARGV[5], l)
return { 1, l[1], l[2], l[3], l[4] }
