-- The second step of whatever ends a chat: forgets what nobody will read, and lets the rest live once more.
-- Doing it again changes little: only the time begins anew.
-- KEYS   what is to be forgotten (a goodbye is spared, it has its own time), then what lives on
-- ARGV   4 how many are to be forgotten
-- Output 1
local forgotten = tonumber(ARGV[4])
-- Most boxes that may be are not.
if #KEYS == 0 or redis.call('EXISTS', unpack(KEYS)) == 0 then
  return 1
end
for i, key in ipairs(KEYS) do
  if i > forgotten then
    if redis.call('EXISTS', key) == 1 then
      live_on(key, ttl)
    end
  elseif redis.call('TYPE', key).ok ~= 'hash' or not holds_goodbye(key) then
    redis.call('DEL', key)
  end
end
return 1
