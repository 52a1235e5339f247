-- Brings a new ticket to the seat that keeps these return words; the visitor's old ticket is over. The
-- greeting's bytes are already in the ticket's slot.
-- ARGV   11 ticket, 12 lane, 13 languages, 14 greeting, 15 handle, 16 the language it is counted
--        under
-- Output { 1, standing }, or { 0, why }: 1 nobody keeps these words, 2 who keeps them has no living lease
local name, greeting, handle = ARGV[11], ARGV[14], ARGV[15]
local t = judged(name)
if t then
  if t.greeting ~= greeting then
    spent[#spent + 1] = { name, 0, greeting }
  end
  return done({ 1, standing(name, t) })
end
local kept = kept_of(handle)
local sitting = kept and seat_of(kept.seat)
if not sitting or sitting.lease <= now then
  spent[#spent + 1] = { name, 0, greeting }
  return done({ 0, sitting and 2 or 1 })
end
-- The visitor is here now, and nowhere else.
local old = kept.ticket
local before = find(old)
if before then
  spent[#spent + 1] = { old, before.claim, '' }
  forget(old, before, ttl, LOST_CONTACT)
end
forget_return(handle, kept)
kept.ticket = name
keep_return(handle, kept)
t = {
  lane = tonumber(ARGV[12]), languages = ARGV[13], joined = now, order = 0, greeting = greeting, greeted = now,
  claim = math.max(1, math.floor(now / 1000)), seat = kept.seat, taken = now, confirmed = 0, lease = now + visitor_lease,
  owner = 1, room = {}, used = 1, restored = 0, language = ARGV[16], stood = 0,
}
redis.call('ZADD', CHATS, 0, t.seat .. name)
save(name, t)
ring_ticket(old)
redis.call('PUBLISH', channel, 'K' .. t.seat)
ring_line()
return done({ 1, standing(name, t) })
