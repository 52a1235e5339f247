-- Who came back to a seat and was not handed to it yet; each once. Their greetings' bytes are for a second step
-- in the tickets' slots.
-- ARGV   11 seat
-- Output a list of { ticket, claim, lane, languages, greeting, handle }
local returned = {}
for _, name in ipairs(tickets_of(ARGV[11])) do
  local t = find(name)
  local handle = t and t.seat == ARGV[11] and t.greeting ~= '' and redis.call('HGET', RETURNS, 't' .. name)
  if handle then
    returned[#returned + 1] = { name, t.claim, t.lane, t.languages, t.greeting, handle }
    t.greeting = ''
    save(name, t)
  end
end
return done(returned)
