-- Replaces the app's own data of a live session.
-- KEYS[1] the session. ARGV[1] the sealed data.
-- Answers 1, or 0 when the session is over.
local known = redis.call('HMGET', KEYS[1], 'version', 'ended')
if not known[1] or known[2] then
    return 0
end
redis.call('HSET', KEYS[1], 'app_data', ARGV[1])
return 1
