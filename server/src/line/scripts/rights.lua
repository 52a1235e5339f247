-- What this user may not do of all that the relay does. Only asks, changes nothing.
-- KEYS   1 a key of the centre's slot
-- ARGV   1 the channel of the bells, 2 the name of a key in a ticket's slot, 3 whether the relay looks at the
--        settings, 4 whether this is a cluster
-- Output the missing rights, as the words of an ACL
if not redis.acl_check_cmd then
  return {}
end
local missing = {}

-- A command that was taken away by its name is denied too.
local function may(...)
  local known, allowed = pcall(redis.acl_check_cmd, ...)
  return known and allowed
end

local function ask(right, ...)
  if not may(...) then
    missing[#missing + 1] = right
  end
end

-- Every command of the scripts that names a key.
local commands = {
  'del', 'exists', 'type', 'pexpire', 'get', 'set',
  'hget', 'hmget', 'hset', 'hdel', 'hexists', 'hlen', 'hvals', 'hgetall', 'hstrlen',
  'zadd', 'zrem', 'zcard', 'zrank', 'zrange', 'zscore', 'zrangebyscore', 'zrangebylex', 'zremrangebyscore',
}
local denied, seen = {}, 0
for _, command in ipairs(commands) do
  if not may(command, KEYS[1]) then
    denied[#denied + 1] = '+' .. command
  elseif not may(command, ARGV[2]) then
    seen = seen + 1
  end
end
for _, right in ipairs(denied) do
  missing[#missing + 1] = right
end
if seen > 0 then
  missing[#missing + 1] = '~lykta:1:*'
end
ask('+publish &lykta:1:*', 'publish', ARGV[1], '')
ask('+subscribe &lykta:1:*', 'subscribe', ARGV[1])
ask('+eval', 'eval', 'return 1', '0')
ask('+evalsha', 'evalsha', '', '0')
ask('+time', 'time')
ask('+ping', 'ping')
if ARGV[3] == '1' then
  ask('+config|get', 'config', 'get', 'save')
end
if ARGV[4] == '1' then
  ask('+cluster|slots', 'cluster', 'slots')
end
return missing
