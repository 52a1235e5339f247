-- To the end of its lane, once. The greeting's bytes are already in the ticket's slot.
-- ARGV   11 ticket, 12 lane, 13 languages, 14 greeting, 15 most tickets the line holds, 16 most
--        tickets in all, 17 the language it is counted under, 18 most of the lane of professionals
-- Output { 1, standing } or { 0 } when it is full
local name, greeting = ARGV[11], ARGV[14]
local t = judged(name)
if t then
  t.lease = now + visitor_lease
  save(name, t)
  if t.greeting ~= greeting then
    spent[#spent + 1] = { name, 0, greeting }
  end
  return done({ 1, standing(name, t) })
end
local PROFESSIONAL = 2
local function lane_is_full(most)
  local from, to = lane_scores(PROFESSIONAL)
  return #redis.call('ZRANGEBYSCORE', ORDER, from, to, 'LIMIT', 0, most) >= most
end
local function full()
  if tonumber(ARGV[12]) == PROFESSIONAL and lane_is_full(tonumber(ARGV[18])) then
    return true
  end
  return redis.call('ZCARD', ORDER) >= tonumber(ARGV[15]) or redis.call('HLEN', TICKETS) >= tonumber(ARGV[16])
end
if full() then
  sweep(500)
  if full() then
    spent[#spent + 1] = { name, 0, greeting }
    return done({ 0 })
  end
end
t = {
  lane = tonumber(ARGV[12]), languages = ARGV[13], joined = now, order = behind(),
  greeting = greeting, greeted = now, claim = 0, seat = '', taken = 0, confirmed = 0, lease = now + visitor_lease,
  owner = 1, room = {}, used = 1, restored = 0, language = ARGV[17], stood = -1,
}
redis.call('ZADD', ORDER, score(t), name)
save(name, t)
ring_line()
return done({ 1, standing(name, t) })
