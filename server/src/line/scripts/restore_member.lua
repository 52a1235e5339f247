-- A seat says which chat it holds keys for.
-- KEYS   11, 12 and ARGV 11 to 14 as in halves.lua, ARGV 15 seat, 16 its number, 17 whether it is its own
-- Output 1 it is in it, 2 waiting for the others, 0 it is not
local seat, number, owner = ARGV[15], tonumber(ARGV[16]), ARGV[17] == '1'
local t = judged(name)
if t then
  if t.claim ~= claim or t.seat == '' then
    return done(0)
  end
  if number_of(t, seat) then
    return done(1)
  end
  if not restore_guest(t, seat, number) then
    return done(0)
  end
  save(name, t)
  ring_ticket(name)
  return done(1)
end
if is_over(name, claim) or not has_room() then
  return done(0)
end
local h = half()
-- The first seat to name it as its own: a second one cannot step in by naming the same chat.
if owner and h.seat == '' then
  h.seat, h.owner = seat, number
end
if h.seat ~= seat or h.owner ~= number then
  local known = false
  for _, guest in ipairs(h.guests) do
    known = known or guest[1] == seat and guest[2] == number
  end
  if not known then
    if h.seat ~= '' and h.owner == number or #h.guests >= 3 then
      return done(0)
    end
    h.guests[#h.guests + 1] = { seat, number }
  end
end
save_half(h)
t = join_halves(h)
if not t then
  return done(2)
end
return done(number_of(t, seat) and 1 or 0)
