-- What "open" is derived from. Reads only.
-- Output { waiting, ready seats, their capacity, chats, what each of them writes }
local ready, capacity, writes = 0, 0, {}
local seats = redis.call('HVALS', SEATS)
for _, packed in ipairs(seats) do
  local f = cmsgpack.unpack(packed)
  if f[1] == 1 and f[3] > now then
    ready, capacity = ready + 1, capacity + f[2]
    -- Nothing, when a relay of an earlier version let it sit.
    writes[ready] = f[4] or ''
  end
end
local waiting = redis.call('ZCARD', ORDER)
return { { waiting, ready, capacity, redis.call('HLEN', TICKETS) - waiting, writes }, spent }
