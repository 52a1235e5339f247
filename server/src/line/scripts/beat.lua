-- Replaces the latest beat and rings. A goodbye is not replaced: nothing comes after it.
-- KEYS   1 the box
-- ARGV   4 the envelope, 5 the bell
-- Output 1, or 0 after a goodbye
local box = KEYS[1]
judge(box)
if holds_goodbye(box) then
  return 0
end
redis.call('HSET', box, 'b', ARGV[4])
mark(box, 'bm')
live_on(box, ttl)
redis.call('PUBLISH', channel, ARGV[5])
return 1
