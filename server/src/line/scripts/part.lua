-- A guest leaves by itself. Its boxes are for a second step.
-- KEYS   11 the half of this ticket and claim
-- ARGV   11 seat, 12 ticket, 13 claim
-- Output its number, or 0 when it is no guest of this chat
local seat, name, claim = ARGV[11], ARGV[12], tonumber(ARGV[13])
local t = running(name, claim)
local number = t and remove_place(name, t, function(place) return place[2] == seat and place[4] == 1 end) or 0
if number > 0 then
  ring_ticket(name)
else
  unclaim(KEYS[11], seat)
end
return done(number)
