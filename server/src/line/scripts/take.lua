-- The named ticket, or the first living one, to exactly this seat.
-- ARGV   11 seat, 12 ticket or empty
-- Output { 1, ticket, claim, lane, languages, greeting }, or { 0, why }: 1 nobody waits, 2 gone, 3 taken by
--        another seat, 4 the seat is full, 5 the seat is not on duty
local seat, wanted = ARGV[11], ARGV[12]
for _, name in ipairs(tickets_of(seat)) do
  judged(name)
end
local sitting = seat_of(seat)
if not sitting or sitting.lease <= now or sitting.ready == 0 then
  return found({ 0, 5 })
end
if owned(seat) >= sitting.capacity then
  return found({ 0, 4 })
end
local function is_free(t)
  return t ~= nil and t.seat == '' and t.lease > now and t.greeting ~= ''
end
local name, t = wanted, nil
if wanted == '' then
  local from, some = 0, nil
  repeat
    some = redis.call('ZRANGE', ORDER, from, from + 49)
    local records = #some > 0 and redis.call('HMGET', TICKETS, unpack(some)) or {}
    for i, packed in ipairs(records) do
      local candidate = record(packed)
      if is_free(candidate) then
        name, t = some[i], candidate
        break
      end
    end
    from = from + 50
  until t or #some < 50
  if not t then
    return found({ 0, 1 })
  end
else
  t = find(wanted)
  if not is_free(t) then
    return found({ 0, t and t.seat ~= '' and t.seat ~= seat and 3 or 2 })
  end
end
local greeting = t.greeting
-- Never below the clock: a store that has forgotten the last take does not give its claim again.
t.claim = math.min(math.max(t.claim + 1, math.floor(now / 1000)), 4294967295)
t.seat, t.taken, t.confirmed, t.greeting = seat, now, 0, ''
if t.stood < 0 then
  t.stood = math.max(0, now - t.joined)
end
redis.call('ZREM', ORDER, name)
redis.call('ZADD', CHATS, 0, seat .. name)
save(name, t)
ring_ticket(name)
ring_line()
return done({ 1, name, t.claim, t.lane, t.languages, greeting })
