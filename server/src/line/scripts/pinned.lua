-- The sheet that hangs there. Whoever looks lets it hang on: it is gone when no relay has looked for the ttl.
-- KEYS   1 the sheet: v its version, b its bytes
-- ARGV   4 above which version its bytes are wanted
-- Output { version, or 0 when none hangs there; its bytes, or nothing }
local held = number(KEYS[1], 'v')
if not held then
  return { 0, '' }
end
redis.call('PEXPIRE', KEYS[1], whole(ttl))
if held <= tonumber(ARGV[4]) then
  return { held, '' }
end
return { held, redis.call('HGET', KEYS[1], 'b') }
