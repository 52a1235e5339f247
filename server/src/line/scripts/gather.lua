-- The sums of a day for one relay, until it settles them or its claim lapses.
-- KEYS   11 counted  hash  the day's sums
--        12 batch    hash  those that a relay has gathered, and #number, #claim, #until
-- ARGV   11 how long a claim lasts
-- Output { number, claim, then what was counted and how often, by turns }, or {} when there is nothing or it is
--        another relay's for now
local counted, batch = KEYS[11], KEYS[12]
-- Numbers run with the clock, so that a store that has forgotten them does not give one again.
local mark = math.max(meta('batch') + 1, now)
local number = tonumber(redis.call('HGET', batch, '#number'))
if number then
  if tonumber(redis.call('HGET', batch, '#until')) > now then
    return { {}, spent }
  end
else
  local sums = redis.call('HGETALL', counted)
  if #sums == 0 then
    return { {}, spent }
  end
  for i = 1, #sums, 2 do
    redis.call('HSET', batch, sums[i], sums[i + 1])
  end
  redis.call('DEL', counted)
  number = mark
end
redis.call('HSET', META, 'batch', whole(mark))
redis.call('HSET', batch, '#number', whole(number), '#claim', whole(mark), '#until', whole(now + tonumber(ARGV[11])))
redis.call('PEXPIRE', batch, whole(COUNTED_TTL))
local told = { number, mark }
local sums = redis.call('HGETALL', batch)
for i = 1, #sums, 2 do
  if string.sub(sums[i], 1, 1) ~= '#' then
    told[#told + 1] = sums[i]
    told[#told + 1] = tonumber(sums[i + 1])
  end
end
return done(told)
