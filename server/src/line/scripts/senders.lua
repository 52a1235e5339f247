-- Who has put something into the staff boxes of one seat.
-- KEYS   1 the senders, each until when
-- Output their names
return redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. whole(now), '+inf')
