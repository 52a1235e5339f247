-- Still in the line at closing: forgotten, and counted as turned away.
-- ARGV   11 ticket
-- Output 1 when it was in the line, else 0
local name = ARGV[11]
local t = find(name)
if not t or t.seat ~= '' then
  return done(0)
end
forget(name, t, goodbye, TURNED_AWAY)
ring_ticket(name)
ring_line()
return done(1)
