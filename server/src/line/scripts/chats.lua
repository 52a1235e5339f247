-- A seat's chats, without renewing its lease.
-- ARGV   11 seat
-- Output the seat's chats
local seat = ARGV[11]
for _, name in ipairs(tickets_of(seat)) do
  judged(name)
end
return found(seat_chats(seat))
