-- Appends answers and kept envelopes, one behind the other, and rings. From the first that cannot be stored, none is.
-- KEYS   1 the box, 2 the box of the other direction; on the staff channel 3 the senders to this reader, each until when
-- ARGV   4 most envelopes of a box, 5 most bytes, 6 whether the visitor puts them, 7 the bell, then for each envelope
--        its bytes and its number, or -1 for an answer
-- Output { how many are stored, how many of them were not before, why no more: 0 nothing, 1 a number beyond the next
--        one, 2 the box is full; whether the centre's slot knows that the visitor has spoken; the level, 4 numbers }
local box, most, most_bytes = KEYS[1], tonumber(ARGV[4]), tonumber(ARGV[5])
local h = held(box)
local stored, new, why, fields = 0, 0, 0, {}
local bytes = h.bytes or 0
for i = 8, #ARGV, 2 do
  local envelope, wanted = ARGV[i], tonumber(ARGV[i + 1])
  if wanted < 0 then
    h.answer, new = risen(h.answer), new + 1
    fields[#fields + 1], fields[#fields + 2] = 'a', envelope
  else
    local next = h.next or wanted
    if wanted > next then
      why = 1
      break
    end
    if wanted == next then
      if next - (h.first or next) >= most or bytes + #envelope > most_bytes then
        why = 2
        break
      end
      if not h.first then
        h.first, h.filling = wanted, risen(h.filling)
      end
      h.next, bytes, new = next + 1, bytes + #envelope, new + 1
      fields[#fields + 1], fields[#fields + 2] = 'e' .. whole(wanted), envelope
    end
  end
  stored = stored + 1
end
if stored == 0 then
  return { 0, 0, why, 0, 0, 0, 0, 0 }
end
local function note(field, value)
  if value then
    fields[#fields + 1], fields[#fields + 2] = field, whole(value)
  end
end
note('u', now + ttl)
if new > 0 then
  note('f', h.first)
  note('n', h.next)
  note('s', bytes)
  note('g', h.filling)
  note('am', h.answer)
end
redis.call('HSET', box, unpack(fields))
redis.call('PEXPIRE', box, whole(ttl))
if KEYS[3] then
  -- The bell names the sender behind its letter.
  redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', whole(now))
  redis.call('ZADD', KEYS[3], whole(now + ttl), ARGV[7]:sub(2, 17))
  redis.call('PEXPIRE', KEYS[3], whole(ttl))
end
if ARGV[6] == '1' and (h.next or 0) > 0 then
  -- The visitor speaks: the answer came through and need not be kept.
  redis.call('HDEL', KEYS[2], 'a')
end
local l = level(box, h)
ring(ARGV[7], l)
return { stored, new, why, h.spoken and 1 or 0, l[1], l[2], l[3], l[4] }
