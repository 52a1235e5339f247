-- The second step of a take: the greeting, now used up, and empty boxes for the chat.
-- KEYS   1 the greeting, then every box of the chat
-- Output the greeting's bytes, or nil
local bytes = redis.call('GET', KEYS[1])
redis.call('DEL', unpack(KEYS))
return bytes
