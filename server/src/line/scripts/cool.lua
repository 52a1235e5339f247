-- Where this visitor comes from is cooled down, by the relay that knows it. Changes nothing here.
-- ARGV   11 ticket, 12 claim
-- Output 1, or 0 when there is no such chat now
local t = find(ARGV[11])
if not t or t.seat == '' or t.claim ~= tonumber(ARGV[12]) then
  return done(0)
end
redis.call('PUBLISH', channel, 'C' .. ARGV[11])
return done(1)
