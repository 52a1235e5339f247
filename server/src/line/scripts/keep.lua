-- Renews the leases of these tickets and answers where each stands.
-- ARGV   11 whether to sweep (one of a tick's chunks does), from 12 on the tickets
-- Output { standings, greetings, places }: greetings are { ticket, greeting } whose bytes in the ticket's slot
--        are to live on, because the ticket still waits; places are { ticket, place } of those in the line, each
--        to be handed back word for word to `stand_again` should the store forget it
local came_back, standings, greetings, places, known = false, {}, {}, {}, {}
for i = 12, #ARGV do
  local name = ARGV[i]
  local t = judged(name)
  known[name] = t
  if t then
    came_back = came_back or t.lease <= now
    t.lease = now + visitor_lease
    if t.greeting ~= '' and now - t.greeted >= ttl / 4 then
      t.greeted = now
      greetings[#greetings + 1] = { name, t.greeting }
    end
    save(name, t)
  end
end
local wrote = ARGV[11] == '1' and sweep(500) or next(known) ~= nil or line_changed
for i = 12, #ARGV do
  local name = ARGV[i]
  -- Its lease has just begun: no sweep takes it.
  local t = known[name]
  standings[#standings + 1] = standing(name, t)
  if t and t.seat == '' then
    places[#places + 1] = { name, cmsgpack.pack({ t.lane, t.languages, t.joined, t.order, t.claim, t.language }) }
  end
end
if came_back then
  ring_line()
end
local own = { standings, greetings, places }
-- Of a stranger, and of who has left, nothing is written.
return wrote and done(own) or { own, spent }
