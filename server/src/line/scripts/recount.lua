-- What a counsellor says a chat was that has just ended.
-- ARGV   11 ticket, 12 claim, 13 ending, 14 topic
-- Output 1, or 0 when it ended too long ago
return done(recount(ARGV[11], tonumber(ARGV[12]), tonumber(ARGV[13]), ARGV[14]))
