-- Gives a lease back and takes the mark of a token that is being spent away, each if it is this holder's.
-- KEYS[1] the lease, KEYS[2] the mark. ARGV[1] the holder.
-- Answers how many of the two went.
local gone = 0
if redis.call('GET', KEYS[1]) == ARGV[1] then
    gone = redis.call('DEL', KEYS[1])
end
local mark = redis.call('GET', KEYS[2])
if mark and string.sub(mark, -#ARGV[1] - 1) == ' ' .. ARGV[1] then
    gone = gone + redis.call('DEL', KEYS[2])
end
return gone
