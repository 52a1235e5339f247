-- The asked seat comes, or does not.
-- ARGV   11 seat, 12 ticket, 13 claim, 14 whether it comes
-- Output its number, or 0 when it was not asked
local seat, name, claim, yes = ARGV[11], ARGV[12], tonumber(ARGV[13]), ARGV[14] == '1'
local t = running(name, claim)
if not t then
  return done(0)
end
local number = 0
if yes then
  for _, place in ipairs(t.room) do
    if place[2] == seat then
      place[4], number = 1, place[1]
    end
  end
  if number > 0 then
    t.used = math.max(t.used, number)
    redis.call('ZADD', CHATS, 0, seat .. name)
    save(name, t)
  end
else
  number = remove_place(name, t, function(place) return place[2] == seat and place[4] == 0 end)
end
if number > 0 then
  ring_ticket(name)
end
return done(number)
