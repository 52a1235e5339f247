-- The reader has everything below `next`, and wants `next`.
-- KEYS   1 the box
-- ARGV   4 next
-- Output 1, or 0 when there is no such box
local box, next = KEYS[1], tonumber(ARGV[4])
local h = held(box)
if not h.lives then
  return 0
end
local first, last = h.first or next, h.next or 0
local until_ = next
if first > next or last < next then
  until_ = last
end
local bytes, read = h.bytes or 0, {}
for n = first, until_ - 1 do
  read[#read + 1] = 'e' .. whole(n)
  bytes = bytes - redis.call('HSTRLEN', box, read[#read])
end
if #read > 0 then
  redis.call('HDEL', box, unpack(read))
end
if first > next then
  -- The store lost its memory between two notes: what the reader lacks was never put here. As a new box it
  -- takes the sender's resend from there on.
  redis.call('HDEL', box, 'f', 'n', 's')
else
  if not h.first then
    h.filling = risen(h.filling)
  end
  -- Also when the reader has more than the box has seen.
  redis.call('HSET', box, 'f', whole(next), 'n', whole(math.max(last, next)), 's', whole(bytes), 'g', whole(h.filling))
end
return 1
