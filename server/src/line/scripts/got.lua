-- The reader has everything below `next`, and wants `next`.
-- KEYS   1 the box
-- ARGV   4 next
-- Output 1, or 0 when there is no such box
local box, next = KEYS[1], tonumber(ARGV[4])
judge(box)
if redis.call('EXISTS', box) == 0 then
  return 0
end
local first, last = number(box, 'f') or next, number(box, 'n') or 0
local until_ = next
if first > next or last < next then
  until_ = last
end
local bytes = number(box, 's') or 0
for n = first, until_ - 1 do
  bytes = bytes - redis.call('HSTRLEN', box, 'e' .. whole(n))
  redis.call('HDEL', box, 'e' .. whole(n))
end
if first > next then
  -- The store lost its memory between two notes: what the reader lacks was never put here. As a new box it
  -- takes the sender's resend from there on.
  redis.call('HDEL', box, 'f', 'n', 's')
else
  if not number(box, 'f') then
    mark(box, 'g')
  end
  -- Also when the reader has more than the box has seen.
  redis.call('HSET', box, 'f', whole(next), 'n', whole(math.max(last, next)), 's', whole(bytes))
end
return 1
