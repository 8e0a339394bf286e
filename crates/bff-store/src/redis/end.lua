-- Ends a live session if no other caller has changed its tokens since this caller read them: the sealed parts go, the cause stays until the absolute limit.
-- KEYS[1] the session. ARGV[1] the version that the caller knows, ARGV[2] the next one, ARGV[3] the cause.
-- Answers 1 when it is ended, or its user where it has one; 0 when it was over before; else its fields as they stand.
local known = redis.call('HMGET', KEYS[1], 'version', 'ended', 'user')
if not known[1] or known[2] then
    return 0
end
if known[1] ~= ARGV[1] then
    return redis.call('HGETALL', KEYS[1])
end
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'ended', ARGV[3], 'profile', '', 'tokens', '', 'app_data', '')
return known[3] or 1
