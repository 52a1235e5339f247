-- A seat keeps return words no more.
-- ARGV   11 seat, 12 handle
-- Output 1, or 0 when it did not
local seat, handle = ARGV[11], ARGV[12]
local kept = kept_of(handle)
if not kept or kept.seat ~= seat then
  return done(0)
end
forget_return(handle, kept)
return done(1)
