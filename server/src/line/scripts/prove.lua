-- A socket has proved its ticket or seat: the number it gets is higher than that of every earlier one. In the
-- slot of the ticket, or for a seat in the centre's.
-- KEYS   1 the newest number
-- ARGV   4 how long it is remembered, 5 the bell without its number
-- Output the number
local newest = math.max((tonumber(redis.call('GET', KEYS[1])) or 0) + 1, now)
redis.call('SET', KEYS[1], whole(newest), 'PX', ARGV[4])
redis.call('PUBLISH', channel, ARGV[5] .. struct.pack('>I8', newest))
return newest
