-- Read before every verb of the centre's slot: who waits, who is with whom. What differs between two verbs
-- is in the verb's own file.
--
-- KEYS   1 order    zset  ticket -> lane and order number, lowest first
--        2 tickets  hash  ticket -> record (see `save`)
--        3 seats    hash  seat -> ready, capacity, lease, languages it writes
--        4 chats    zset  seat and ticket in one member, all scores 0: a seat's chats are a range of it
--        5 due      zset  ticket -> the last moment at which the clocks leave it where it is
--        6 over     zset  ticket and claim (0: never taken), and the ticket alone if it was ever taken -> until
--                         when it is remembered as over
--        7 meta     hash  last and first order number; both run with the clock, so that a store which has
--                         forgotten them puts nobody before those who were there already;
--                         card:SEAT -> certificate and role of a seat; swept -> when seats, returns and ended
--                         were looked at last, while they are many
--        8 returns  hash  'h' and handle -> seat, ticket, stays; 't' and ticket -> handle
--        9 ended    hash  ticket and claim of a chat that has just ended -> until when it can be recounted, lane, ending,
--                         topic, and under which key it was counted
--        10 counted hash  the sums of this day, which is in the key: what was counted -> how often
-- ARGV   1 now, 2 the channel of the bells, 3 ttl, 4 place_kept, 5 visitor_lease, 6 confirm,
--        7 visitor_lost, 8 counsellor_lost, 9 seat_lease, 10 goodbye; from 11 on the verb's own.
--        Moments and spans are milliseconds.
-- Output of each verb: { its own, spent }; spent is a list of { ticket, claim, greeting }: boxes of that
--        claim (when above 0) and greeting bytes (when not empty) in the ticket's slot that nobody will read.
local ORDER, TICKETS, SEATS, CHATS, DUE, OVER, META, RETURNS, ENDED, COUNTED = unpack(KEYS, 1, 10)
local now, channel = tonumber(ARGV[1]), ARGV[2]
local ttl, place_kept, visitor_lease = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local confirm, visitor_lost = tonumber(ARGV[6]), tonumber(ARGV[7])
local counsellor_lost, seat_lease, goodbye = tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])

local spent, line_changed = {}, false

-- Lua writes large numbers as 1.8e+12; Redis wants all their digits.
local function whole(number)
  return string.format('%.0f', number)
end

local function ring_ticket(name)
  redis.call('PUBLISH', channel, 'T' .. name)
end

local function ring_line()
  line_changed = true
end

local function chat_name(name, claim)
  return name .. struct.pack('>I4', claim)
end

-- An order number is a moment in milliseconds, or one before 1970: 2^48 of them lie beyond any, and two lanes
-- fit into the 2^53 whole numbers of a score.
local function score(t)
  return whole(t.lane * 281474976710656 + t.order)
end

-- The scores of a lane: its order numbers lie well within half of what lies between two.
local function lane_scores(lane)
  local half = 140737488355328
  return whole(2 * lane * half - half), '(' .. whole(2 * lane * half + half)
end

local function meta(field)
  return tonumber(redis.call('HGET', META, field) or 0)
end

local function behind()
  local order = math.max(meta('last') + 1, now)
  redis.call('HSET', META, 'last', whole(order))
  return order
end

local function record(packed)
  if not packed then
    return nil
  end
  local f = cmsgpack.unpack(packed)
  return {
    lane = f[1], languages = f[2], joined = f[3], order = f[4], greeting = f[5], greeted = f[6],
    claim = f[7], seat = f[8], taken = f[9], confirmed = f[10], lease = f[11],
    -- The number of the seat whose chat it is; the other seats, each { number, seat, kind, inside, asked }; the
    -- highest number a seat has come in with; whether guests may name themselves.
    owner = f[12], room = f[13], used = f[14], restored = f[15],
    -- The language it is counted under; how long it stood in line before a seat took it first, or -1.
    language = f[16], stood = f[17],
  }
end

local function find(name)
  return record(redis.call('HGET', TICKETS, name))
end

-- The record, and the moment at which `judge` will have something to say.
local function save(name, t)
  redis.call('HSET', TICKETS, name, cmsgpack.pack({
    t.lane, t.languages, t.joined, t.order, t.greeting, t.greeted,
    t.claim, t.seat, t.taken, t.confirmed, t.lease, t.owner, t.room, t.used, t.restored,
    t.language, t.stood,
  }))
  local due = t.lease + place_kept
  if t.seat ~= '' then
    due = t.lease + visitor_lost
    if t.confirmed == 0 then
      due = math.min(due, t.taken + confirm)
    end
  end
  redis.call('ZADD', DUE, whole(due), name)
end

-- Nobody else is in it (any more).
local function empty_room(name, t)
  for _, place in ipairs(t.room or {}) do
    redis.call('ZREM', CHATS, place[2] .. name)
  end
  t.owner, t.room, t.used, t.restored = 1, {}, 1, 0
end

-- Endings, by the byte they have on the wire; and how long sums and the last endings are kept, as in tally.rs.
local LEFT_LINE, LEFT_FAST, LOST_CONTACT, TURNED_AWAY = 2, 3, 4, 5
local ENDINGS = { 'helped', 'left_line', 'left_fast', 'lost_contact', 'turned_away', 'ended_by_counsellor', 'failed' }
local LANES = { 'support', 'professional' }
local COUNTED_TTL, RECOUNTED_WITHIN = 345600000, 120000

-- One more, or one less, of something.
local function count(what, by)
  local sum = (tonumber(redis.call('HGET', COUNTED, what)) or 0) + by
  if sum > 0 then
    redis.call('HSET', COUNTED, what, whole(sum))
  else
    redis.call('HDEL', COUNTED, what)
  end
end

local function sums_live_on()
  redis.call('PEXPIRE', COUNTED, whole(COUNTED_TTL))
end

local function ending_of(lane, ending)
  return 'ending ' .. LANES[lane] .. ' ' .. ENDINGS[ending]
end

local function waited(ms)
  local minutes = ms / 60000
  for _, band in ipairs({ { 2, 'under-2' }, { 10, 'under-10' }, { 30, 'under-30' }, { 60, 'under-60' } }) do
    if minutes < band[1] then
      return 'waited ' .. band[2]
    end
  end
  return 'waited longer'
end

-- A visit whose beginning the store has forgotten: some others may have been forgotten whole.
local function lacks_some()
  redis.call('HSET', COUNTED, 'incomplete', '1')
  sums_live_on()
end

-- A visit is over: four sums, and no row.
local function count_ended(name, t, ending)
  -- Up to when they were there: absence is not waiting.
  local stood = t.stood >= 0 and t.stood or math.max(0, math.min(now, t.lease) - t.joined)
  count(ending_of(t.lane, ending), 1)
  count(waited(stood), 1)
  count('language ' .. t.language, 1)
  count('topic none', 1)
  sums_live_on()
  if t.seat ~= '' then
    redis.call('HSET', ENDED, chat_name(name, t.claim),
      cmsgpack.pack({ now + RECOUNTED_WITHIN, t.lane, ending, 'none', COUNTED }))
  end
end

-- What a counsellor says of a chat that has just ended, in the place of what was counted for it. Answers 1 or 0.
local function recount(name, claim, ending, topic)
  local packed = redis.call('HGET', ENDED, chat_name(name, claim))
  local f = packed and cmsgpack.unpack(packed)
  -- What was counted yesterday lies under another key.
  if not f or f[1] <= now or f[5] ~= COUNTED then
    return 0
  end
  topic = topic or f[4]
  local was = { ending_of(f[2], f[3]), 'topic ' .. f[4] }
  for _, what in ipairs(was) do
    if redis.call('HEXISTS', COUNTED, what) == 0 then
      return 0
    end
  end
  count(was[1], -1)
  count(was[2], -1)
  count(ending_of(f[2], ending), 1)
  count('topic ' .. topic, 1)
  sums_live_on()
  f[3], f[4] = ending, topic
  redis.call('HSET', ENDED, chat_name(name, claim), cmsgpack.pack(f))
  return 1
end

-- Out of every index, and counted. The boxes of a chat stay until their own time is over. Deleted first: a full store lets
-- nobody begin with more, and whoever leaves is forgotten all the same.
local function forget(name, t, remembered, ending)
  redis.call('HDEL', TICKETS, name)
  redis.call('ZREM', DUE, name)
  if t.seat == '' then
    redis.call('ZREM', ORDER, name)
  else
    redis.call('ZREM', CHATS, t.seat .. name)
    empty_room(name, t)
  end
  local until_then = whole(now + remembered)
  redis.call('ZADD', OVER, until_then, chat_name(name, t.claim))
  if t.claim > 0 then
    -- A relay may know it only as it was before its last take.
    redis.call('ZADD', OVER, until_then, name)
  end
  count_ended(name, t, ending)
  if t.greeting ~= '' then
    spent[#spent + 1] = { name, 0, t.greeting }
  end
end

-- Return words that a seat keeps.
local function kept_of(handle)
  local packed = redis.call('HGET', RETURNS, 'h' .. handle)
  if not packed then
    return nil
  end
  local f = cmsgpack.unpack(packed)
  return { seat = f[1], ticket = f[2], stays = f[3] }
end

local function keep_return(handle, kept)
  redis.call('HSET', RETURNS, 'h' .. handle, cmsgpack.pack({ kept.seat, kept.ticket, kept.stays }),
    't' .. kept.ticket, handle)
end

local function forget_return(handle, kept)
  redis.call('HDEL', RETURNS, 'h' .. handle, 't' .. kept.ticket)
end

local function return_of(name)
  local handle = redis.call('HGET', RETURNS, 't' .. name)
  if not handle then
    return nil
  end
  return handle, kept_of(handle)
end

-- From a seat to the line: at the old place, or at `order`.
local function back_in_line(name, t, order)
  redis.call('ZREM', CHATS, t.seat .. name)
  empty_room(name, t)
  -- The greeting was spent on the counsellor who had it; the next one has other keys.
  spent[#spent + 1] = { name, t.claim, t.greeting }
  -- Words of before lead to somebody else's counsellor from now on.
  local handle, kept = return_of(name)
  if kept then
    forget_return(handle, kept)
  end
  t.seat, t.greeting, t.order = '', '', order or t.order
  redis.call('ZADD', ORDER, score(t), name)
  save(name, t)
end

-- Taken and not confirmed: at its place, as absent, for who does not answer must show that they are there.
-- Who came back with return words never stood in the line (order 0), and is forgotten. Answers the ticket.
local function unconfirmed(name, t)
  t.lease = math.min(t.lease, now)
  if t.order == 0 then
    forget(name, t, ttl, LOST_CONTACT)
    return nil
  end
  t.stood = -1
  back_in_line(name, t, nil)
  return t
end

local function front()
  local order = math.min(meta('first') - 1, -now)
  redis.call('HSET', META, 'first', whole(order))
  return order
end

local function seat_of(seat)
  local packed = redis.call('HGET', SEATS, seat)
  if not packed then
    return nil
  end
  local f = cmsgpack.unpack(packed)
  return { ready = f[1], capacity = f[2], lease = f[3] }
end

-- Drops invitations that nobody followed within ten minutes, and guests whose seat is lost past the grace.
-- Answers whether a guest went.
local function judge_room(name, t)
  local left, moved, changed = {}, false, false
  for _, place in ipairs(t.room) do
    local seat = seat_of(place[2])
    local gone
    if place[4] == 1 then
      gone = not seat or now - seat.lease >= counsellor_lost
      moved = moved or gone
    else
      gone = now - place[5] > 600000
    end
    if gone then
      changed = true
      redis.call('ZREM', CHATS, place[2] .. name)
    else
      left[#left + 1] = place
    end
  end
  if changed then
    t.room = left
    save(name, t)
  end
  return moved
end

-- Judges one ticket by the clocks before anything else is asked of it. Answers the ticket, or nil when it
-- is not known (any more), and whether anything moved.
local function judge(name)
  local t = find(name)
  if not t then
    return nil, false
  end
  local lost_for = now - t.lease
  if t.seat == '' then
    if lost_for > place_kept then
      forget(name, t, ttl, LEFT_LINE)
      return nil, true
    end
  elseif t.confirmed == 0 and now - t.taken > confirm then
    return unconfirmed(name, t), true
  elseif lost_for > visitor_lost then
    forget(name, t, ttl, LOST_CONTACT)
    return nil, true
  elseif #t.room > 0 then
    return t, judge_room(name, t)
  end
  return t, false
end

-- Judges, and rings for what moved.
local function judged(name)
  local t, moved = judge(name)
  if moved then
    ring_ticket(name)
    ring_line()
  end
  return t
end

-- The tickets that a seat is in, its own and those it is a guest of.
local function tickets_of(seat)
  local names = {}
  local last = seat .. string.rep('\255', 33)
  for i, member in ipairs(redis.call('ZRANGEBYLEX', CHATS, '[' .. seat, '[' .. last)) do
    names[i] = string.sub(member, #seat + 1)
  end
  return names
end

-- The number a seat has in a chat and whether it is its own, or nil.
local function number_of(t, seat)
  if t.seat == seat then
    return t.owner, 1
  end
  for _, place in ipairs(t.room) do
    if place[2] == seat and place[4] == 1 then
      return place[1], 0
    end
  end
  return nil
end

-- How many chats are a seat's own.
local function owned(seat)
  local count = 0
  for _, name in ipairs(tickets_of(seat)) do
    local t = find(name)
    if t and t.seat == seat then
      count = count + 1
    end
  end
  return count
end

-- Each of a seat's chats as { ticket, claim, number, whether its own, since when the visitor is lost or -1 }.
local function seat_chats(seat)
  local chats = {}
  for _, name in ipairs(tickets_of(seat)) do
    local t = find(name)
    local number, own = nil, nil
    if t then
      number, own = number_of(t, seat)
    end
    if number then
      chats[#chats + 1] = { name, t.claim, number, own, t.lease <= now and t.lease or -1 }
    end
  end
  return chats
end

-- { 0 } nowhere, { 1, place, wants a greeting }, { 2, claim, seat, since when the seat is lost or -1 }.
local function standing(name, t)
  if not t then
    return { 0 }
  end
  if t.seat == '' then
    return { 1, redis.call('ZRANK', ORDER, name) + 1, t.greeting == '' and 1 or 0 }
  end
  local seat = seat_of(t.seat)
  local lease = seat and seat.lease or now
  return { 2, t.claim, t.seat, lease <= now and lease or -1 }
end

-- So many are looked at whenever somebody asks; more of them once in so many milliseconds: where hundreds sit and
-- thousands come, thousands ask.
local FEW, SWEEP = 64, 1000

-- Whether now is not the time to look at all that no clock has an index for.
local function looked_lately()
  local swept = meta('swept')
  if swept <= now and now < swept + SWEEP then
    return true
  end
  local all = redis.call('HLEN', ENDED) + redis.call('HLEN', SEATS) + redis.call('HLEN', RETURNS)
  if all > FEW then
    redis.call('HSET', META, 'swept', whole(now))
  elseif swept > 0 then
    redis.call('HDEL', META, 'swept')
  end
  return false
end

-- Drops what nobody asked about any more. Answers whether it has looked at everything.
local function sweep(most)
  local late = redis.call('ZRANGEBYSCORE', DUE, '-inf', '(' .. whole(now), 'LIMIT', 0, most)
  for _, name in ipairs(late) do
    judged(name)
  end
  redis.call('ZREMRANGEBYSCORE', OVER, '-inf', whole(now))
  -- The last number is the moment of the last join. Nobody is left to stand before or behind.
  if redis.call('HLEN', TICKETS) == 0 then
    redis.call('HDEL', META, 'last', 'first')
  end
  if looked_lately() then
    return false
  end
  local ended = redis.call('HGETALL', ENDED)
  for i = 1, #ended, 2 do
    if cmsgpack.unpack(ended[i + 1])[1] <= now then
      redis.call('HDEL', ENDED, ended[i])
    end
  end
  local seats = redis.call('HGETALL', SEATS)
  for i = 1, #seats, 2 do
    -- A seat is remembered as lost as long as a chat may ask since when.
    if now - cmsgpack.unpack(seats[i + 1])[3] >= ttl then
      redis.call('HDEL', SEATS, seats[i])
      redis.call('HDEL', META, 'card:' .. seats[i])
    end
  end
  local returns = redis.call('HGETALL', RETURNS)
  for i = 1, #returns, 2 do
    if string.sub(returns[i], 1, 1) == 'h' then
      local f = cmsgpack.unpack(returns[i + 1])
      if redis.call('HEXISTS', SEATS, f[1]) == 0 then
        redis.call('HDEL', RETURNS, returns[i], 't' .. f[2])
      end
    end
  end
  return true
end

local function is_with(t, seat, claim)
  return t ~= nil and t.seat == seat and t.claim == claim
end

-- The seat has no keys for this lost chat any more, its own or as a guest, should the visitor still name it.
local function unclaim(half, seat)
  local packed = redis.call('GET', half)
  local f = packed and cmsgpack.unpack(packed)
  if f and f[3] > now then
    local guests = {}
    for _, guest in ipairs(f[5]) do
      if guest[1] ~= seat then
        guests[#guests + 1] = guest
      end
    end
    if f[2] == seat or #guests < #f[5] then
      f[2], f[5] = f[2] == seat and '' or f[2], guests
      redis.call('SET', half, cmsgpack.pack(f), 'PX', whole(f[3] - now))
    end
  end
end

-- The ticket of a chat that is running, judged.
local function running(name, claim)
  local t = judged(name)
  if t and t.seat ~= '' and t.claim == claim then
    return t
  end
  return nil
end

-- A guest or somebody asked goes, if there is one of whom `which` holds. Answers its number, or 0.
local function remove_place(name, t, which)
  for at, place in ipairs(t.room) do
    if which(place) then
      table.remove(t.room, at)
      redis.call('ZREM', CHATS, place[2] .. name)
      save(name, t)
      return place[1]
    end
  end
  return 0
end

local function remembered_as_over(member)
  local remembered = redis.call('ZSCORE', OVER, member)
  return remembered and tonumber(remembered) > now
end

local function is_over(name, claim)
  return remembered_as_over(chat_name(name, claim))
end

-- The end of every verb that may have written: all keys live on, and the line rings once.
local function done(own)
  local lives = whole(ttl)
  for i = 1, 9 do
    redis.call('PEXPIRE', KEYS[i], lives)
  end
  if line_changed then
    redis.call('PUBLISH', channel, 'L')
  end
  return { own, spent }
end

-- The end of a verb that wrote nothing, unless the clocks have moved somebody: every tick writes.
local function found(own)
  return line_changed and done(own) or { own, spent }
end
