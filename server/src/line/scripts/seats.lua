-- The living seats that have been introduced. Reads only.
-- ARGV   11 how many at most
-- Output a list of { seat, certificate and role, ready, chats, capacity }, by seat
local found, names = {}, {}
local seats = redis.call('HGETALL', SEATS)
for i = 1, #seats, 2 do
  local f = cmsgpack.unpack(seats[i + 1])
  local card = redis.call('HGET', META, 'card:' .. seats[i])
  if f[3] > now and card then
    names[#names + 1] = seats[i]
    found[seats[i]] = { seats[i], card, f[1], owned(seats[i]), f[2] }
  end
end
table.sort(names)
local entries = {}
for i = 1, math.min(#names, tonumber(ARGV[11])) do
  entries[i] = found[names[i]]
end
return { entries, spent }
