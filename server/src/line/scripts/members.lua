-- Who may be written to in a chat. Reads only.
-- ARGV   11 ticket, 12 claim
-- Output the numbers
local numbers = {}
local t = find(ARGV[11])
if t and t.seat ~= '' and t.claim == tonumber(ARGV[12]) then
  numbers[1] = t.owner
  for _, place in ipairs(t.room) do
    numbers[#numbers + 1] = place[1]
  end
end
return { numbers, spent }
