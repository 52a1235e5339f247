-- Asks a living seat into a chat and gives it a member's number. Its boxes are for a second step.
-- ARGV   11 seat, 12 ticket, 13 claim, 14 who is asked, 15 kind: 1 guest, 2 to take over, 16 most seats beside the
--        chat's own, guests included, 17 the highest number
-- Output { number, whether it is new }, or { 0, why }: 1 not this seat's, 2 the asked one is not there, 3 it has as
--        many chats as it may, 4 the room is full, 5 it is in it already
local seat, name, claim, asked, kind = ARGV[11], ARGV[12], tonumber(ARGV[13]), ARGV[14], tonumber(ARGV[15])
local t = running(name, claim)
if not t or t.seat ~= seat then
  return done({ 0, 1 })
end
if number_of(t, asked) then
  return done({ 0, 5 })
end
local taken = {}
for _, place in ipairs(t.room) do
  if place[2] == asked then
    place[3], place[5] = kind, now
    save(name, t)
    return done({ place[1], 0 })
  end
  taken[place[1]] = true
end
local sitting = seat_of(asked)
if not sitting or sitting.lease <= now then
  return done({ 0, 2 })
end
if kind == 2 and owned(asked) >= sitting.capacity then
  return done({ 0, 3 })
end
local number = t.used + 1
while taken[number] do
  number = number + 1
end
if #t.room >= tonumber(ARGV[16]) or number > tonumber(ARGV[17]) then
  return done({ 0, 4 })
end
t.room[#t.room + 1] = { number, asked, kind, 0, now }
save(name, t)
return done({ number, 1 })
