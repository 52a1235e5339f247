-- The ticket's slot no longer has the bytes of a greeting (a node of a cluster lost its memory, this one did
-- not). The ticket asks for a fresh one; when a seat has just taken it, it returns to its place first.
-- ARGV   11 ticket, 12 greeting, 13 claim of the take, 0 without one
-- Output 1 when anything changed, else 0
local name, greeting, claim = ARGV[11], ARGV[12], tonumber(ARGV[13])
local t = find(name)
if t and t.seat == '' and t.greeting == greeting then
  t.greeting = ''
  save(name, t)
elseif t and t.seat ~= '' and t.claim == claim and t.confirmed == 0 then
  unconfirmed(name, t)
else
  return done(0)
end
ring_ticket(name)
ring_line()
return done(1)
