-- Notes when a live session was used; never moves backwards, unless what stands there is of a clock that was set back since.
-- KEYS[1] the session. ARGV[1] the time in ms since 1970, which a double holds exactly; ARGV[2] what lies beyond is of such a clock.
-- Answers 1, or 0 when the session is over.
local known = redis.call('HMGET', KEYS[1], 'last_seen_at', 'ended')
if not known[1] or known[2] then
    return 0
end
local seen = tonumber(known[1])
if tonumber(ARGV[1]) > seen or seen > tonumber(ARGV[2]) then
    redis.call('HSET', KEYS[1], 'last_seen_at', ARGV[1])
end
return 1
