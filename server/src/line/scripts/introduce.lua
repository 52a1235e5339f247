-- The seat's certificate and role, for the other seats.
-- ARGV   11 seat, 12 certificate and role
-- Output 1 when that is news, else 0
local field = 'card:' .. ARGV[11]
if redis.call('HGET', META, field) == ARGV[12] then
  return done(0)
end
redis.call('HSET', META, field, ARGV[12])
ring_line()
return done(1)
