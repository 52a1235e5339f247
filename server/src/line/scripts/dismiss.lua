-- By the visitor: that guest is in the chat no more. Its boxes are for a second step. The chat's own seat is such a
-- guest only of a chat that the store had lost: it had handed it over, and whoever took over has not come. The visitor
-- goes to the front then.
-- ARGV   11 ticket, 12 claim, 13 number
-- Output the number, or 0 when there was no such guest
local name, claim, number = ARGV[11], tonumber(ARGV[12]), tonumber(ARGV[13])
local t = running(name, claim)
local gone = t and remove_place(name, t, function(place) return place[1] == number end) or 0
if t and t.restored == 1 and t.owner == number then
  back_in_line(name, t, front())
  gone = number
  ring_line()
end
if gone > 0 then
  ring_ticket(name)
end
return done(gone)
