-- The seat says which chat it holds keys for.
-- KEYS   9 the half
-- ARGV   11 ticket, 12 claim, 13 lane, 14 seat
-- Output 1 it is this seat's, 2 waiting for the visitor, 0 it is not
local seat = ARGV[14]
local t = judged(name)
if t then
  return done(t.claim == claim and t.seat ~= '' and number_of(t, seat) and 1 or 0)
end
if is_over(name, claim) then
  return done(0)
end
local h = half()
-- The first seat to name it: a second one cannot step in by naming the same chat.
if h.seat == '' then
  h.seat = seat
end
save_half(h)
if h.seat ~= seat then
  return done(0)
end
return done(join_halves(h) and 1 or 2)
