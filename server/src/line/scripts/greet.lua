-- Stores the bytes of a greeting under their own hash: doing it twice is doing it once. Without bytes, only
-- lets them live on.
-- KEYS   1 the greeting
-- ARGV   4 the bytes, or empty
-- Output 1, or 0 when there are no bytes to live on
if ARGV[4] == '' then
  return redis.call('PEXPIRE', KEYS[1], whole(ttl))
end
redis.call('SET', KEYS[1], ARGV[4], 'PX', whole(ttl))
return 1
