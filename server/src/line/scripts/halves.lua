-- Read before the two verbs that bring back a chat the store has lost: it is one again when the visitor and
-- the seat have named the same ticket and claim.
-- KEYS   9 the half: visitor named it, the first seat that named it, until when
-- ARGV   11 ticket, 12 claim, 13 the lane of a ticket whose lane was forgotten
local HALF, name, claim = KEYS[9], ARGV[11], tonumber(ARGV[12])

local function half()
  local packed = redis.call('GET', HALF)
  local f = packed and cmsgpack.unpack(packed)
  if f and f[3] > now then
    return { visitor = f[1], seat = f[2] }
  end
  return { visitor = 0, seat = '' }
end

local function save_half(h)
  redis.call('SET', HALF, cmsgpack.pack({ h.visitor, h.seat, now + ttl }), 'PX', whole(ttl))
end

-- Answers the ticket when both sides have named it.
local function join_halves(h)
  if h.visitor == 0 or h.seat == '' then
    return nil
  end
  redis.call('DEL', HALF)
  local t = {
    -- What the empty store forgot is not asked of the visitor again.
    lane = tonumber(ARGV[13]), languages = '', joined = now, order = 0, greeting = '', greeted = 0,
    claim = claim, seat = h.seat, taken = now, confirmed = 1, lease = now + visitor_lease,
  }
  redis.call('ZADD', CHATS, 0, t.seat .. name)
  save(name, t)
  ring_ticket(name)
  return t
end
