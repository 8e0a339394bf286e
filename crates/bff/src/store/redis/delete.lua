-- Removes a session and its lease.
-- KEYS[1] the session, KEYS[2] its lease.
-- Answers the fields that the session had; none when there was none.
local fields = redis.call('HGETALL', KEYS[1])
redis.call('DEL', KEYS[1], KEYS[2])
return fields
