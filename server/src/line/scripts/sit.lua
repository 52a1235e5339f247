-- Renews a seat's lease, on duty or resting.
-- ARGV   11 seat, 12 ready, 13 capacity
-- Output the seat's chats
local seat, ready, capacity = ARGV[11], tonumber(ARGV[12]), tonumber(ARGV[13])
for _, name in ipairs(tickets_of(seat)) do
  judged(name)
end
local before = seat_of(seat)
redis.call('HSET', SEATS, seat, cmsgpack.pack({ ready, capacity, now + seat_lease }))
local chats = seat_chats(seat)
local same = before and before.lease > now and before.ready == ready and before.capacity == capacity
if not same then
  for _, chat in ipairs(chats) do
    ring_ticket(chat[1])
  end
  ring_line()
end
return done(chats)
