-- A fresh greeting for a ticket in the line; for a chat whose counsellor is lost past the grace, to the front
-- of the line with it. The greeting's bytes are already in the ticket's slot.
-- ARGV   11 ticket, 12 greeting
-- Output the standing
local name, greeting = ARGV[11], ARGV[12]
local t = judged(name)
local changed = false
if t and t.seat == '' then
  changed = true
elseif t then
  local seat = seat_of(t.seat)
  if not seat or now - seat.lease >= counsellor_lost then
    back_in_line(name, t, front())
    changed = true
  end
end
if changed then
  if t.greeting ~= '' and t.greeting ~= greeting then
    spent[#spent + 1] = { name, 0, t.greeting }
  end
  t.greeting, t.greeted, t.lease = greeting, now, now + visitor_lease
  save(name, t)
  ring_ticket(name)
  ring_line()
else
  spent[#spent + 1] = { name, 0, greeting }
end
return done(standing(name, t))
