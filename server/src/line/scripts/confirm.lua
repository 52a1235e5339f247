-- The visitor has spoken with this claim: the greeting came through.
-- ARGV   11 ticket, 12 claim
-- Output 1 when the ticket is with a seat under this claim, else 0
local name, claim = ARGV[11], tonumber(ARGV[12])
local t = find(name)
if not t or t.seat == '' or t.claim ~= claim then
  return { 0, spent }
end
if t.confirmed == 0 then
  t.confirmed = 1
  save(name, t)
end
return done(1)
