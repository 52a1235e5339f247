-- The sums of a day, for every relay and as often as it asks.
-- KEYS   11 counted   hash  the day's sums
--        12 counting  hash  since: when this store began to remember
-- ARGV   11 1: the one who asks has found that the store lost some of them
-- Output { since, then what was counted and how often, by turns }
local counted, counting = KEYS[11], KEYS[12]
local since = tonumber(redis.call('HGET', counting, 'since'))
if not since then
  since = now
  redis.call('HSET', counting, 'since', whole(since))
end
redis.call('PEXPIRE', counting, whole(COUNTED_TTL))
if ARGV[11] == '1' then
  redis.call('HSET', counted, 'incomplete', '1')
  redis.call('PEXPIRE', counted, whole(COUNTED_TTL))
end
local told = { since }
local sums = redis.call('HGETALL', counted)
for i = 1, #sums, 2 do
  told[#told + 1] = sums[i]
  told[#told + 1] = tonumber(sums[i + 1])
end
return done(told)
