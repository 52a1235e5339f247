-- The next thing for one reader that their cursor has not passed.
-- KEYS   the boxes to this reader, one per sender
-- ARGV   from 4 on three numbers per sender: the mark of the answer passed, the number wanted next, the mark
--        of the beat passed
-- Output { which box from 1, what: 1 an answer, 2 a kept envelope, 3 a beat, its mark or number, the
--        envelope }, or { 0 }
for i, box in ipairs(KEYS) do
  judge(box)
  local f = redis.call('HMGET', box, 'am', 'f', 'n', 'bm')
  local answered, wanted, beaten = tonumber(ARGV[3 * i + 1]), tonumber(ARGV[3 * i + 2]), tonumber(ARGV[3 * i + 3])
  if f[1] and tonumber(f[1]) > answered then
    local answer = redis.call('HGET', box, 'a')
    if answer then
      return { i, 1, tonumber(f[1]), answer }
    end
  end
  if f[2] then
    wanted = math.max(wanted, tonumber(f[2]))
    if wanted < tonumber(f[3]) then
      local kept = redis.call('HGET', box, 'e' .. whole(wanted))
      if kept then
        return { i, 2, wanted, kept }
      end
    end
  end
  if f[4] and tonumber(f[4]) > beaten then
    local beat = redis.call('HGET', box, 'b')
    if beat then
      return { i, 3, tonumber(f[4]), beat }
    end
  end
end
return { 0 }
