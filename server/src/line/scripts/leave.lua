-- Forgets the ticket, and its return words unless those stay. A goodbye is already in the ticket's slot: the seat looks there as soon as the chat is
-- no longer its own, and may not look too early.
-- KEYS   11 the half of this ticket and claim, 12 the list of halves
-- ARGV   11 ticket, 12 claim
-- Output the claim of its last take, or -1 when the ticket was not known
local name = ARGV[11]
local t = find(name)
if t then
  -- Remembered as over for as long as the goodbye lies there, and no longer.
  -- Who was never spoken with has waited.
  forget(name, t, goodbye, t.seat ~= '' and t.confirmed == 1 and LEFT_FAST or LEFT_LINE)
end
local handle, kept = return_of(name)
if kept and kept.stays == 0 then
  forget_return(handle, kept)
end
redis.call('DEL', KEYS[11])
redis.call('ZREM', KEYS[12], chat_name(name, tonumber(ARGV[12])))
ring_ticket(name)
ring_line()
return done(t and t.claim or -1)
