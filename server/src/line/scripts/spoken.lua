-- Notes in the box that the centre's slot knows: the visitor has spoken.
-- KEYS   1 the box
-- Output 1
if redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('HSET', KEYS[1], 'c', '1')
end
return 1
