-- By the visitor: the chat is that member's, who was asked to take over and came. The seat that had it is a guest of
-- it from now on. Which of those inside was to take over, a store that had lost the chat has forgotten.
-- ARGV   11 ticket, 12 claim, 13 number
-- Output 1, or 0 when nobody of that number may take over
local name, claim, number = ARGV[11], tonumber(ARGV[12]), tonumber(ARGV[13])
local t = running(name, claim)
if not t then
  return done(0)
end
if t.owner == number then
  return done(1)
end
for _, place in ipairs(t.room) do
  if place[1] == number and place[4] == 1 and (place[3] == 2 or t.restored == 1) then
    place[1], place[2], place[3], t.owner, t.seat = t.owner, t.seat, 1, place[1], place[2]
    t.taken, t.confirmed = now, 1
    save(name, t)
    -- Words of before lead to the one who has handed it over.
    local handle, kept = return_of(name)
    if kept then
      forget_return(handle, kept)
    end
    ring_ticket(name)
    ring_line()
    return done(1)
  end
end
return done(0)
