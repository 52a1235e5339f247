-- Two seats greet each other anew: nothing that lies in the box can be opened any more.
-- KEYS   1 the box
-- Output 1
local marks = redis.call('HMGET', KEYS[1], 'am', 'bm', 'g')
if redis.call('DEL', KEYS[1]) == 1 then
  -- Marks only rise: a reader who stayed connected must see that what comes is new.
  redis.call('HSET', KEYS[1], 'am', marks[1] or '0', 'bm', marks[2] or '0', 'g', marks[3] or '0')
  live_on(KEYS[1], ttl)
end
return 1
