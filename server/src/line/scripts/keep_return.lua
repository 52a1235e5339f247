-- A seat keeps return words of a visitor, one per visitor: the newest.
-- ARGV   11 seat, 12 ticket, 13 handle, 14 whether they stay when the visitor leaves by hand
-- Output 1, or 0 when another living seat keeps the very same or some of this visitor, and when the ticket stands
--        elsewhere than with this seat
local seat, name, handle, stays = ARGV[11], ARGV[12], ARGV[13], tonumber(ARGV[14])
local function is_anothers(kept)
  local sitting = kept and kept.seat ~= seat and seat_of(kept.seat)
  return sitting and sitting.lease > now
end
local t = find(name)
local same, before, kept = kept_of(handle), return_of(name)
if t and t.seat ~= seat or is_anothers(same) or is_anothers(kept) then
  return done(0)
end
if same then
  forget_return(handle, same)
end
if kept then
  forget_return(before, kept)
end
keep_return(handle, { seat = seat, ticket = name, stays = stays })
return done(1)
