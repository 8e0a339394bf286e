-- Removes a session, its lease and its mark.
-- KEYS[1] the session, KEYS[2] its lease, KEYS[3] its mark.
-- Answers the fields that the session had; none when there was none.
local fields = redis.call('HGETALL', KEYS[1])
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
return fields
