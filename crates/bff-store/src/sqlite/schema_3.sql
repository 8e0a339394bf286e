-- A table with rowids, because it keeps a row of up to 4 KB on its page. Without rowids each row over 1 KB took a page of its own.
CREATE TABLE session_3 (
    key                 BLOB PRIMARY KEY NOT NULL,
    user                TEXT,
    created_at          INTEGER NOT NULL,
    last_seen_at        INTEGER NOT NULL,
    absolute_expires_at INTEGER NOT NULL,
    version             INTEGER NOT NULL,
    ended               TEXT,
    profile             BLOB NOT NULL,
    tokens              BLOB NOT NULL,
    app_data            BLOB NOT NULL
) STRICT;
INSERT INTO session_3 SELECT * FROM session;
DROP TABLE session;
ALTER TABLE session_3 RENAME TO session;
CREATE INDEX session_end ON session (absolute_expires_at);
CREATE INDEX session_newest ON session (user, created_at DESC, key) WHERE user IS NOT NULL AND ended IS NULL;
CREATE INDEX session_unused ON session (last_seen_at);
