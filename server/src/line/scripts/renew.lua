-- Two seats greet each other anew: nothing that lies in the box can be opened any more.
-- KEYS   1 the box
-- Output 1
local answered, beaten = redis.call('HGET', KEYS[1], 'am'), redis.call('HGET', KEYS[1], 'bm')
if redis.call('DEL', KEYS[1]) == 1 then
  -- Marks only rise: a reader who stayed connected must see that what comes is new.
  redis.call('HSET', KEYS[1], 'am', answered or '0', 'bm', beaten or '0')
  live_on(KEYS[1], ttl)
end
return 1
