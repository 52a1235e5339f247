-- Appends an answer or a kept envelope and rings.
-- KEYS   1 the box, 2 the box of the other direction
-- ARGV   4 the envelope, 5 its number, or -1 for an answer, 6 most envelopes of a box, 7 whether the visitor
--        puts it, 8 the bell, 9 most bytes of a box
-- Output { the number the box takes next, whether the centre's slot knows that the visitor has spoken }, or
--        { -1 } the number is beyond the next one, { -2 } the box is full
local box, envelope, wanted, most = KEYS[1], ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6])
judge(box)
if wanted < 0 then
  redis.call('HSET', box, 'a', envelope)
  mark(box, 'am')
else
  local first, next = number(box, 'f'), number(box, 'n')
  if not first then
    first, next = wanted, wanted
    mark(box, 'g')
  end
  if wanted > next then
    return { -1 }
  end
  if wanted == next then
    local bytes = (number(box, 's') or 0) + #envelope
    if next - first >= most or bytes > tonumber(ARGV[9]) then
      return { -2 }
    end
    next = next + 1
    redis.call('HSET', box, 'e' .. whole(wanted), envelope, 'f', whole(first), 'n', whole(next), 's', whole(bytes))
  end
end
live_on(box, ttl)
local next = number(box, 'n') or 0
if ARGV[7] == '1' and next > 0 then
  -- The visitor speaks: the answer came through and need not be kept.
  redis.call('HDEL', KEYS[2], 'a')
end
redis.call('PUBLISH', channel, ARGV[8])
return { next, redis.call('HEXISTS', box, 'c') }
