-- Back to the front of its lane, keys dropped.
-- KEYS   11 the half of this ticket and claim
-- ARGV   11 seat, 12 ticket, 13 claim
-- Output 1, or 0 when the chat is not this seat's
local seat, name, claim = ARGV[11], ARGV[12], tonumber(ARGV[13])
local t = judged(name)
if not is_with(t, seat, claim) then
  unclaim(KEYS[11], seat)
  return done(0)
end
back_in_line(name, t, front())
ring_ticket(name)
ring_line()
return done(1)
