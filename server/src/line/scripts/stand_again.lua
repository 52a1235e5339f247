-- After a store that lost its memory: those of whom a relay knows where they stood, stand there again, and are
-- asked for a fresh greeting. Whoever is known already, or is over, stays so.
-- ARGV   11 how many, then per ticket its name and its place as `keep` wrote it
-- Output the standings
local standings, moved = {}, false
for i = 1, tonumber(ARGV[11]) do
  local name, place = ARGV[2 * i + 10], cmsgpack.unpack(ARGV[2 * i + 11])
  local t = judged(name)
  local claim = place[5]
  if not t and not is_over(name, claim) and not remembered_as_over(name) then
    moved = true
    lacks_some()
    t = {
      lane = place[1], languages = place[2], joined = place[3], order = place[4], greeting = '', greeted = 0,
      claim = claim, seat = '', taken = 0, confirmed = 0, lease = now + visitor_lease,
      owner = 1, room = {}, used = 1, restored = 0, language = place[6], stood = -1,
    }
    redis.call('ZADD', ORDER, score(t), name)
    save(name, t)
    -- Nobody who comes or is put back later may stand among them.
    redis.call('HSET', META, 'last', whole(math.max(meta('last'), t.order)))
    redis.call('HSET', META, 'first', whole(math.min(meta('first'), t.order)))
  end
end
for i = 1, tonumber(ARGV[11]) do
  local name = ARGV[2 * i + 10]
  standings[i] = standing(name, find(name))
end
if moved then
  ring_line()
end
return done(standings)
