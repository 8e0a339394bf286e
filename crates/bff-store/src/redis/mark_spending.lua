-- Marks that the holder of the lease is about to spend the refresh token of a version; the time counts from now on the server's clock.
-- KEYS[1] the session, KEYS[2] its mark, KEYS[3] its lease. ARGV[1] the version, ARGV[2] the holder, ARGV[3] how long the mark stands, in ms.
-- Answers 1, or 0 when the lease is another's, when another holder's mark for the version stands, and when no live session has the version.
local known = redis.call('HMGET', KEYS[1], 'version', 'ended')
if known[1] ~= ARGV[1] or known[2] or redis.call('GET', KEYS[3]) ~= ARGV[2] then
    return 0
end
local ours = ARGV[1] .. ' ' .. ARGV[2]
local mark = redis.call('GET', KEYS[2])
if mark and mark ~= ours and string.sub(mark, 1, #ARGV[1] + 1) == ARGV[1] .. ' ' then
    return 0
end
redis.call('SET', KEYS[2], ours, 'PX', ARGV[3])
return 1
