-- The tables of the embedded store. Times are milliseconds since 1970, UTC.
CREATE TABLE session (
    key                 BLOB PRIMARY KEY,   -- SHA-256 of the session id
    user                TEXT,
    created_at          INTEGER NOT NULL,
    last_seen_at        INTEGER NOT NULL,
    absolute_expires_at INTEGER NOT NULL,
    version             INTEGER NOT NULL,
    ended               TEXT,               -- the cause; NULL while it lives
    profile             BLOB NOT NULL,      -- sealed
    tokens              BLOB NOT NULL,      -- sealed
    app_data            BLOB NOT NULL       -- sealed
) STRICT, WITHOUT ROWID;
CREATE INDEX session_user ON session (user) WHERE user IS NOT NULL;
CREATE INDEX session_end ON session (absolute_expires_at);

CREATE TABLE lease (
    key     BLOB PRIMARY KEY,
    holder  TEXT NOT NULL,
    until   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE spent_attempt (
    tag     TEXT PRIMARY KEY,
    until   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
