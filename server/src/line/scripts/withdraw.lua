-- The chat's seat takes an invitation back that nobody has followed.
-- ARGV   11 seat, 12 ticket, 13 claim, 14 number
-- Output the number, or 0 when there was no such invitation
local seat, name, claim, number = ARGV[11], ARGV[12], tonumber(ARGV[13]), tonumber(ARGV[14])
local t = running(name, claim)
if not t or t.seat ~= seat then
  return done(0)
end
return done(remove_place(name, t, function(place) return place[1] == number and place[4] == 0 end))
