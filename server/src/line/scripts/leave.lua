-- Forgets the ticket. A goodbye is already in the ticket's slot: the seat looks there as soon as the chat is
-- no longer its own, and may not look too early.
-- KEYS   8 the half of this ticket and claim, 9 the list of halves
-- ARGV   11 ticket, 12 claim
-- Output the claim of its last take, or -1 when the ticket was not known
local name = ARGV[11]
local t = find(name)
if t then
  -- Remembered as over for as long as the goodbye lies there, and no longer.
  forget(name, t, goodbye)
end
redis.call('DEL', KEYS[8])
redis.call('ZREM', KEYS[9], chat_name(name, tonumber(ARGV[12])))
ring_ticket(name)
ring_line()
return done(t and t.claim or -1)
