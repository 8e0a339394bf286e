-- Adds a session to its user's index, and forgets those that are past every limit. The index lives as long as its last session can.
-- KEYS[1] the index. ARGV[1] the session's tag, ARGV[2] the last end that a session of that login can have, in ms since 1970, which a double holds exactly.
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
local now = redis.call('TIME')
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now[1] * 1000 + math.floor(now[2] / 1000))
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
if last[2] then
    redis.call('PEXPIREAT', KEYS[1], last[2])
end
return 1
