-- The clock of the node that has the centre's slot.
-- Output { milliseconds since 1970 }
local time = redis.call('TIME')
return { time[1] * 1000 + math.floor(time[2] / 1000), spent }
