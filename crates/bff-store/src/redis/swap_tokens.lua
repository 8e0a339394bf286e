-- Replaces the tokens of a live session if no other caller has since this caller read them.
-- KEYS[1] the session. ARGV[1] the version that the caller knows, ARGV[2] the next one, ARGV[3] the sealed tokens.
-- Answers 1 when they are replaced, 0 when the session is over, else its fields as they stand.
-- Versions are compared as text, because numbers here are doubles. The time to live stays as it is.
local known = redis.call('HMGET', KEYS[1], 'version', 'ended')
if not known[1] or known[2] then
    return 0
end
if known[1] ~= ARGV[1] then
    return redis.call('HGETALL', KEYS[1])
end
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'tokens', ARGV[3])
return 1
