-- The visitor says which chat they hold keys for. Matters only when the ticket is nowhere.
-- KEYS   9 the half
-- ARGV   11 ticket, 12 claim, 13 lane
-- Output the standing
local t = judged(name)
-- A chat that was ended is not one that was lost: its last envelopes are still to be read.
if not t and claim > 0 and not is_over(name, claim) then
  local h = half()
  h.visitor = 1
  save_half(h)
  t = join_halves(h)
end
return done(standing(name, t))
