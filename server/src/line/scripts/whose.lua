-- The claim of a ticket's last take, before it leaves.
-- ARGV   11 ticket
-- Output the claim, or -1 when the ticket is not known
local t = find(ARGV[11])
return { t and t.claim or -1, spent }
