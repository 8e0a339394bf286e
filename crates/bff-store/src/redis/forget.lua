-- Takes sessions that are over out of their user's index.
-- KEYS[1] the index. ARGV the tags of the sessions.
-- A score of 0 sorts before every login, so that one removal takes them all; XX keeps it from adding a name that is not there.
for number = 1, #ARGV do
    redis.call('ZADD', KEYS[1], 'XX', 0, ARGV[number])
end
return redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', 0)
