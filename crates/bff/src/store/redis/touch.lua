-- Notes when a live session was used; never moves backwards.
-- KEYS[1] the session. ARGV[1] the time in ms since 1970, which a double holds exactly.
-- Answers 1, or 0 when the session is over.
local known = redis.call('HMGET', KEYS[1], 'last_seen_at', 'ended')
if not known[1] or known[2] then
    return 0
end
if tonumber(ARGV[1]) > tonumber(known[1]) then
    redis.call('HSET', KEYS[1], 'last_seen_at', ARGV[1])
end
return 1
