-- Gives a lease back, if this holder still has it.
-- KEYS[1] the lease. ARGV[1] the holder.
-- Answers 1, or 0 when it was not this holder's.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then
    return 0
end
return redis.call('DEL', KEYS[1])
