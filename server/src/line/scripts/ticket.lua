-- Read before every verb of a ticket's slot: its boxes and its greeting.
--
-- A box is a hash: e0, e1, ... the kept envelopes by number, f the number of the first, n the next one's
-- (both missing until the box has taken any), g the mark of this filling, s the bytes of the kept ones, a and b
-- the answer and the beat with their marks am and bm,
-- c set when the centre's slot knows that the visitor has spoken, u the moment the box is forgotten.
-- Marks grow with every answer, beat and filling and begin at the clock, not at 1: a reader who stayed connected
-- while the store lost its memory has passed old marks, and the new ones must be beyond those.
--
-- ARGV   1 now, 2 the channel of the bells, 3 ttl, in milliseconds; from 4 on the verb's own.
local now, channel, ttl = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3])

-- The mark of a goodbye: nothing comes after it. The largest whole number Lua can count to.
local GOODBYE = 9007199254740991

local function whole(number)
  return string.format('%d', number)
end

-- Forgets a box whose time is over by the line's clock; Redis' own expiry does the same by Redis' clock.
local function judge(key)
  local time = redis.call('HGET', key, 'u')
  if time and tonumber(time) <= now then
    redis.call('DEL', key)
  end
end

local function live_on(key, span)
  redis.call('HSET', key, 'u', whole(now + span))
  redis.call('PEXPIRE', key, whole(span))
end

local function number(key, field)
  local text = redis.call('HGET', key, field)
  return text and tonumber(text)
end

local function holds_goodbye(key)
  return number(key, 'bm') == GOODBYE
end

-- What a box holds, with one question: its numbers, each missing where the box has none. A box whose time is over
-- holds nothing.
local function held(box)
  local f = redis.call('HMGET', box, 'u', 'f', 'n', 's', 'g', 'am', 'bm', 'c')
  if f[1] and tonumber(f[1]) <= now then
    redis.call('DEL', box)
    return {}
  end
  return {
    first = tonumber(f[2]), next = tonumber(f[3]), bytes = tonumber(f[4]), filling = tonumber(f[5]),
    answer = tonumber(f[6]), beat = tonumber(f[7]), spoken = f[8], lives = f[1]
  }
end

-- The mark after this one.
local function risen(mark)
  return math.max((mark or 0) + 1, now)
end

-- How far a box is filled: the mark of the answer that lies in it, the filling, the next number, the mark of the
-- beat; 0 for what it has not.
local function level(box, h)
  local answer = h.answer and redis.call('HEXISTS', box, 'a') == 1 and h.answer or 0
  return { answer, h.filling or 0, h.next or 0, h.beat or 0 }
end

-- Rings for a box: the bell says how far it is filled.
local function ring(bell, l)
  redis.call('PUBLISH', channel, bell .. struct.pack('>I8I8I4I8', l[1], l[2], l[3], l[4]))
end
