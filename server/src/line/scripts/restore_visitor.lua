-- The visitor says which chat they hold keys for. Matters only when the ticket is nowhere.
-- KEYS   11, 12 and ARGV 11 to 14 as in halves.lua
-- Output the standing
local t = judged(name)
-- A chat that was ended is not one that was lost: its last envelopes are still to be read.
if not t and claim > 0 and not is_over(name, claim) and has_room() then
  local h = half()
  h.visitor = 1
  save_half(h)
  t = join_halves(h)
end
return done(standing(name, t))
