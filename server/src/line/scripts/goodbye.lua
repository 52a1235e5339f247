-- The first step of a fast exit: one goodbye per seat, in the place of everything else of its box. Doing it
-- again changes nothing.
-- KEYS   the boxes from the visitor, one per goodbye
-- ARGV   4 how long it waits, then per goodbye its envelope and its bell
-- Output 1
for i, box in ipairs(KEYS) do
  judge(box)
  if not holds_goodbye(box) then
    redis.call('DEL', box)
    redis.call('HSET', box, 'b', ARGV[2 * i + 3], 'bm', whole(GOODBYE))
    live_on(box, tonumber(ARGV[4]))
  end
  ring(ARGV[2 * i + 4], { 0, 0, 0, GOODBYE })
end
return 1
