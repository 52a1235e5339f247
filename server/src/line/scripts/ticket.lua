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
  return string.format('%.0f', number)
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

local function mark(key, field)
  local value = math.max((number(key, field) or 0) + 1, now)
  redis.call('HSET', key, field, whole(value))
end
