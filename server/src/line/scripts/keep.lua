-- Renews the leases of these tickets and answers where each stands.
-- ARGV   11 whether to sweep (one of a tick's chunks does), from 12 on the tickets
-- Output { standings, greetings }: greetings are { ticket, greeting } whose bytes in the ticket's slot are to
--        live on, because the ticket still waits
local back, standings, greetings, found = false, {}, {}, {}
for i = 12, #ARGV do
  local name = ARGV[i]
  local t = judged(name)
  if t then
    back = back or t.lease <= now
    t.lease = now + visitor_lease
    if t.greeting ~= '' and now - t.greeted >= ttl / 4 then
      t.greeted = now
      greetings[#greetings + 1] = { name, t.greeting }
    end
    save(name, t)
  end
end
if ARGV[11] == '1' then
  sweep(500)
end
for i = 12, #ARGV do
  standings[#standings + 1] = standing(ARGV[i], find(ARGV[i]))
end
if back then
  ring_line()
end
return done({ standings, greetings })
