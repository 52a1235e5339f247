-- The first tickets of the line. Reads only.
-- ARGV   11 how many at most
-- Output a list of { ticket, lane, present, waited in whole seconds, languages }
local entries = {}
local most = tonumber(ARGV[11])
if most > 0 then
  for _, name in ipairs(redis.call('ZRANGE', ORDER, 0, most - 1)) do
    local t = find(name)
    if t then
      local present = t.lease > now and t.greeting ~= '' and 1 or 0
      local waited = math.floor(math.max(now - t.joined, 0) / 1000)
      entries[#entries + 1] = { name, t.lane, present, waited, t.languages }
    end
  end
end
return { entries, spent }
