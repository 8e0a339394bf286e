-- What each running replica says of itself, so that replicas with different settings are found.
CREATE TABLE replica (
    id      TEXT PRIMARY KEY,
    record  TEXT NOT NULL,
    until   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
