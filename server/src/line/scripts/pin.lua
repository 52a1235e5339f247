-- Pins a sheet in the place of one with a lower version. In the centre's slot.
-- KEYS   1 the sheet: v its version, b its bytes
-- ARGV   4 version, 5 bytes, 6 the bell
-- Output 1; 0, and nothing changes, when another one of this version or a later one hangs there
local version = tonumber(ARGV[4])
local held = number(KEYS[1], 'v') or 0
if version == held and redis.call('HGET', KEYS[1], 'b') == ARGV[5] then
  return 1
end
if version <= held then
  return 0
end
redis.call('HSET', KEYS[1], 'v', ARGV[4], 'b', ARGV[5])
redis.call('PEXPIRE', KEYS[1], whole(ttl))
redis.call('PUBLISH', channel, ARGV[6])
return 1
