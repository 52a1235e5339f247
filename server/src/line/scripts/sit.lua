-- Renews a seat's lease, on duty or resting.
-- ARGV   11 seat, 12 ready, 13 capacity, 14 tags of the languages it writes, with commas between them
-- Output the seat's chats
local seat, ready, capacity, writes = ARGV[11], tonumber(ARGV[12]), tonumber(ARGV[13]), ARGV[14]
for _, name in ipairs(tickets_of(seat)) do
  judged(name)
end
local before = seat_of(seat)
redis.call('HSET', SEATS, seat, cmsgpack.pack({ ready, capacity, now + seat_lease, writes }))
local chats = seat_chats(seat)
local same = before and before.lease > now and before.ready == ready and before.capacity == capacity
if not same then
  for _, chat in ipairs(chats) do
    ring_ticket(chat[1])
  end
  ring_line()
end
return done(chats)
