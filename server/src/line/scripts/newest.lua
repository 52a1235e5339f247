-- The number of the newest socket.
-- KEYS   1 the newest number
-- Output the number, or 0 when none is remembered
return tonumber(redis.call('GET', KEYS[1])) or 0
