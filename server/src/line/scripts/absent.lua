-- The ticket's socket is gone.
-- ARGV   11 ticket
-- Output 1 when the ticket was known, else 0
local name = ARGV[11]
local t = find(name)
if not t then
  return done(0)
end
t.lease = math.min(t.lease, now)
save(name, t)
ring_ticket(name)
ring_line()
return done(1)
