-- A seat that was not the one who took the ticket says which chat it holds keys for.
-- KEYS   9 the half
-- ARGV   11 ticket, 12 claim, 13 lane, 14 seat, 15 its number, 16 whether the chat was handed over to it
-- Output 1 it is in it, 2 waiting for the others, 0 it is not
local seat, number, owner = ARGV[14], tonumber(ARGV[15]), ARGV[16] == '1'
local t = judged(name)
if t then
  if t.claim ~= claim or t.seat == '' then
    return done(0)
  end
  if number_of(t, seat) then
    return done(1)
  end
  if owner or not restore_guest(t, seat, number) then
    return done(0)
  end
  save(name, t)
  ring_ticket(name)
  return done(1)
end
if is_over(name, claim) then
  return done(0)
end
local h = half()
if owner then
  if h.seat == '' then
    h.seat, h.owner = seat, number
  end
  save_half(h)
  if h.seat ~= seat then
    return done(0)
  end
else
  local known = false
  for _, guest in ipairs(h.guests) do
    known = known or guest[1] == seat and guest[2] == number
  end
  if not known then
    if #h.guests >= 3 then
      return done(0)
    end
    h.guests[#h.guests + 1] = { seat, number }
  end
  save_half(h)
end
return done(join_halves(h) and 1 or 2)
