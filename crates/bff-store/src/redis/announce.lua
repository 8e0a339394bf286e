-- Stores what a replica says of itself, in place of what it said before, and removes replicas whose time is over on the server's clock.
-- KEYS[1] the replicas, by the end of their time. ARGV[1] the replica's id, ARGV[2] its record, ARGV[3] how long it holds, in ms: 0 removes it.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for _, member in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
    if string.sub(member, 1, #ARGV[1] + 1) == ARGV[1] .. ' ' then
        redis.call('ZADD', KEYS[1], 0, member)
    end
end
if tonumber(ARGV[3]) > 0 then
    redis.call('ZADD', KEYS[1], now + ARGV[3], ARGV[1] .. ' ' .. ARGV[2])
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
if last[2] then
    redis.call('PEXPIREAT', KEYS[1], last[2])
end
return 1
