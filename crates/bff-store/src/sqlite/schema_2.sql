-- Lists of a user's sessions, newest login first; what was not used for long; marks of refresh tokens that are being spent.
DROP INDEX session_user;
CREATE INDEX session_newest ON session (user, created_at DESC, key) WHERE user IS NOT NULL AND ended IS NULL;
CREATE INDEX session_unused ON session (last_seen_at);

CREATE TABLE spending (
    key     BLOB PRIMARY KEY,
    holder  TEXT NOT NULL,
    version INTEGER NOT NULL,   -- of the session: the token of this version is being spent
    until   INTEGER NOT NULL,
    process TEXT                -- the holder's; NULL where the system does not tell processes apart
) STRICT, WITHOUT ROWID;
