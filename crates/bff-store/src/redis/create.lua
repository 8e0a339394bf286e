-- Stores a new session, which ends by itself at its absolute limit.
-- KEYS[1] the session. ARGV[1] its absolute end in ms since 1970; then its fields, each a name and a value.
-- Answers 1, or 0 when there is one with this key already; nothing is written then.
if redis.call('EXISTS', KEYS[1]) == 1 then
    return 0
end
for field = 2, #ARGV, 2 do
    redis.call('HSET', KEYS[1], ARGV[field], ARGV[field + 1])
end
redis.call('PEXPIREAT', KEYS[1], ARGV[1])
return 1
