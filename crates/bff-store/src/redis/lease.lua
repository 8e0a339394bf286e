-- Takes a lease, or renews one's own; the time counts from now on the server's clock.
-- KEYS[1] the lease. ARGV[1] the holder, ARGV[2] how long it holds, in ms.
-- Answers 1, or 0 when another holder has it.
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then
    return 0
end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
