-- Answers what the replicas say of themselves whose time is not over on the server's clock, each after its id and a space.
-- KEYS[1] the replicas, by the end of their time.
local time = redis.call('TIME')
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', time[1] * 1000 + math.floor(time[2] / 1000))
return redis.call('ZRANGE', KEYS[1], 0, -1)
