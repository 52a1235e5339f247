-- The next thing for one reader that their cursor has not passed.
-- KEYS   the boxes to this reader, one per sender
-- ARGV   from 4 on four numbers per sender: the mark of the answer passed, the filling of the box and the number
--        wanted next in it, the mark of the beat passed
-- Output { which box from 1, what: 1 an answer, 2 a kept envelope, 3 a beat, its mark or number, the
--        envelope, the filling }, or { 0 }
for i, box in ipairs(KEYS) do
  judge(box)
  local f = redis.call('HMGET', box, 'am', 'f', 'n', 'bm', 'g')
  local answered, wanted, beaten = tonumber(ARGV[4 * i]), tonumber(ARGV[4 * i + 2]), tonumber(ARGV[4 * i + 3])
  local filling = tonumber(f[5] or 0)
  if filling ~= tonumber(ARGV[4 * i + 1]) then
    wanted = 0
  end
  if f[1] and tonumber(f[1]) > answered then
    local answer = redis.call('HGET', box, 'a')
    if answer then
      return { i, 1, tonumber(f[1]), answer, filling }
    end
  end
  if f[2] then
    wanted = math.max(wanted, tonumber(f[2]))
    if wanted < tonumber(f[3]) then
      local kept = redis.call('HGET', box, 'e' .. whole(wanted))
      if kept then
        return { i, 2, wanted, kept, filling }
      end
    end
  end
  if f[4] and tonumber(f[4]) > beaten then
    local beat = redis.call('HGET', box, 'b')
    if beat then
      return { i, 3, tonumber(f[4]), beat, filling }
    end
  end
end
return { 0 }
