-- Over: the seat is free of it. Its boxes are for a second step in the ticket's slot.
-- KEYS   11 the half of this ticket and claim
-- ARGV   11 seat, 12 ticket, 13 claim, 14 ending
-- Output 1, or 0 when the chat is not this seat's
local seat, name, claim = ARGV[11], ARGV[12], tonumber(ARGV[13])
local t = find(name)
if not is_with(t, seat, claim) then
  unclaim(KEYS[11], seat)
  -- The visitor's own leave came first; the counsellor knows better why.
  recount(name, claim, tonumber(ARGV[14]), nil)
  return done(0)
end
forget(name, t, ttl, tonumber(ARGV[14]))
ring_ticket(name)
ring_line()
return done(1)
