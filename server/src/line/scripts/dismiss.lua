-- By the visitor: that guest is in the chat no more. Its boxes are for a second step.
-- ARGV   11 ticket, 12 claim, 13 number
-- Output the number, or 0 when there was no such guest
local name, claim, number = ARGV[11], tonumber(ARGV[12]), tonumber(ARGV[13])
local t = running(name, claim)
local gone = t and remove_place(name, t, function(place) return place[1] == number end) or 0
if gone > 0 then
  ring_ticket(name)
end
return done(gone)
