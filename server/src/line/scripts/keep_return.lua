-- A seat keeps return words of a visitor, one per visitor: the newest.
-- ARGV   11 seat, 12 ticket, 13 handle, 14 whether they stay when the visitor leaves by hand
-- Output 1, or 0 when another living seat keeps the very same
local seat, name, handle, stays = ARGV[11], ARGV[12], ARGV[13], tonumber(ARGV[14])
local other = kept_of(handle)
if other and other.seat ~= seat then
  local sitting = seat_of(other.seat)
  if sitting and sitting.lease > now then
    return done(0)
  end
end
if other then
  forget_return(handle, other)
end
local before, kept = return_of(name)
if kept then
  forget_return(before, kept)
end
keep_return(handle, { seat = seat, ticket = name, stays = stays })
return done(1)
