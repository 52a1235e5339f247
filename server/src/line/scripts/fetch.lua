-- What is next for one reader that their cursor has not passed.
-- KEYS   the boxes to this reader, one per sender
-- ARGV   4 how much at most, then four numbers per sender: the mark of the answer passed, the filling of the box and
--        the number wanted next in it, the mark of the beat passed
-- Output for each thing { which box from 1, what: 1 an answer, 2 a kept envelope, 3 a beat, its mark or number, the
--        envelope, the filling }
local most, found = tonumber(ARGV[4]), {}
for i, box in ipairs(KEYS) do
  if #found == most then
    break
  end
  local h = held(box)
  local filling = h.filling or 0
  local answered, wanted, beaten = tonumber(ARGV[4 * i + 1]), tonumber(ARGV[4 * i + 3]), tonumber(ARGV[4 * i + 4])
  if filling ~= tonumber(ARGV[4 * i + 2]) then
    wanted = 0
  end
  if h.answer and h.answer > answered then
    local answer = redis.call('HGET', box, 'a')
    if answer then
      found[#found + 1] = { i, 1, h.answer, answer, filling }
    end
  end
  if h.first then
    wanted = math.max(wanted, h.first)
    local names = {}
    for number = wanted, math.min(h.next, wanted + most - #found) - 1 do
      names[#names + 1] = 'e' .. whole(number)
    end
    if #names > 0 then
      for at, kept in ipairs(redis.call('HMGET', box, unpack(names))) do
        if not kept then
          break
        end
        found[#found + 1] = { i, 2, wanted + at - 1, kept, filling }
      end
    end
  end
  if h.beat and h.beat > beaten and #found < most then
    local beat = redis.call('HGET', box, 'b')
    if beat then
      found[#found + 1] = { i, 3, h.beat, beat, filling }
    end
  end
end
return found
