-- Read before the two verbs that bring back a chat the store has lost: it is one again when the visitor and
-- the seat have named the same ticket and claim.
-- KEYS   11 the half: visitor named it, the first seat that named it as its own, until when, that seat's number, the
--        guests that named it, each { seat, number }
--        12 halves  zset  ticket and claim -> until when its half is remembered
-- ARGV   11 ticket, 12 claim, 13 the lane of a ticket whose lane was forgotten, 14 most tickets, and halves
local HALF, HALVES, name, claim, most = KEYS[11], KEYS[12], ARGV[11], tonumber(ARGV[12]), tonumber(ARGV[14])

local function half()
  local packed = redis.call('GET', HALF)
  local f = packed and cmsgpack.unpack(packed)
  if f and f[3] > now then
    return { visitor = f[1], seat = f[2], owner = f[4], guests = f[5] }
  end
  return { visitor = 0, seat = '', owner = 1, guests = {} }
end

-- Naming chats that never were costs a stranger nothing, so there must be an end to it; and a chat that is one
-- again is a ticket.
local function has_room()
  if redis.call('HLEN', TICKETS) >= most then
    return false
  end
  redis.call('ZREMRANGEBYSCORE', HALVES, '-inf', whole(now))
  return redis.call('ZCARD', HALVES) < most or redis.call('ZSCORE', HALVES, chat_name(name, claim))
end

local function save_half(h)
  redis.call('SET', HALF, cmsgpack.pack({ h.visitor, h.seat, now + ttl, h.owner, h.guests }), 'PX', whole(ttl))
  redis.call('ZADD', HALVES, whole(now + ttl), chat_name(name, claim))
  redis.call('PEXPIRE', HALVES, whole(ttl))
end

-- A guest of a chat that the store had lost. Answers whether it is in it now.
local function restore_guest(t, seat, number)
  if t.restored ~= 1 or t.owner == number or #t.room >= 3 or number_of(t, seat) then
    return false
  end
  for _, place in ipairs(t.room) do
    if place[1] == number then
      return false
    end
  end
  t.room[#t.room + 1] = { number, seat, 1, 1, now }
  redis.call('ZADD', CHATS, 0, seat .. name)
  return true
end

-- Answers the ticket when both sides have named it.
local function join_halves(h)
  if h.visitor == 0 or h.seat == '' then
    return nil
  end
  redis.call('DEL', HALF)
  redis.call('ZREM', HALVES, chat_name(name, claim))
  local t = {
    -- What the empty store forgot is not asked of the visitor again.
    lane = tonumber(ARGV[13]), languages = '', joined = now, order = 0, greeting = '', greeted = 0,
    claim = claim, seat = h.seat, taken = now, confirmed = 1, lease = now + visitor_lease,
    -- Which numbers were given is forgotten: none is given again.
    owner = h.owner, room = {}, used = 7, restored = 1, language = 'other', stood = 0,
  }
  lacks_some()
  redis.call('ZADD', CHATS, 0, t.seat .. name)
  for _, guest in ipairs(h.guests) do
    restore_guest(t, guest[1], guest[2])
  end
  save(name, t)
  ring_ticket(name)
  return t
end
