-- The first tickets of the line or of one of its lanes. Reads only.
-- ARGV   11 how many at most, 12 the lane, or 0
-- Output a list of { ticket, lane, present, waited in whole seconds, languages }
local entries = {}
local most, lane = tonumber(ARGV[11]), tonumber(ARGV[12])
if most > 0 then
  local from, to = '-inf', '+inf'
  if lane > 0 then
    from, to = lane_scores(lane)
  end
  for _, name in ipairs(redis.call('ZRANGEBYSCORE', ORDER, from, to, 'LIMIT', 0, most)) do
    local t = find(name)
    if t then
      local present = t.lease > now and t.greeting ~= '' and 1 or 0
      local waited = math.floor(math.max(now - t.joined, 0) / 1000)
      entries[#entries + 1] = { name, t.lane, present, waited, t.languages }
    end
  end
end
return { entries, spent }
