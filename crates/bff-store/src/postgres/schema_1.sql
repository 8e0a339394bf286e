-- The tables of the sessions. Times are milliseconds since 1970, UTC. Texts that clients can choose are bytes, because a text cannot contain a zero.
CREATE TABLE bff.session (
    key                 bytea PRIMARY KEY,  -- SHA-256 of the session id
    user_id             bytea,
    created_at          bigint NOT NULL,
    last_seen_at        bigint NOT NULL,
    -- The index of the sweep. It changes once a day, so that the other uses of a session change no index (heap-only tuples).
    last_seen_day       bigint NOT NULL GENERATED ALWAYS AS (last_seen_at / 86400000) STORED,
    absolute_expires_at bigint NOT NULL,
    version             bigint NOT NULL,
    ended               text,               -- the cause; NULL while it is live
    profile             bytea NOT NULL,     -- sealed
    tokens              bytea NOT NULL,     -- sealed
    app_data            bytea NOT NULL      -- sealed
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);
-- Sealed bytes cannot be compressed.
ALTER TABLE bff.session
    ALTER COLUMN profile SET STORAGE EXTERNAL,
    ALTER COLUMN tokens SET STORAGE EXTERNAL,
    ALTER COLUMN app_data SET STORAGE EXTERNAL;
CREATE INDEX session_newest ON bff.session (user_id, created_at DESC, key) WHERE user_id IS NOT NULL AND ended IS NULL;
CREATE INDEX session_end ON bff.session (absolute_expires_at);
CREATE INDEX session_unused ON bff.session (last_seen_day);

-- The lease of a session's refresh, and the mark that the refresh token of a version is being spent. Either may be over.
CREATE TABLE bff.refresh (
    key          bytea PRIMARY KEY,
    holder       bytea,
    until        bigint NOT NULL DEFAULT 0,
    mark_holder  bytea,
    mark_version bigint NOT NULL DEFAULT 0,
    mark_until   bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05);

CREATE TABLE bff.spent_attempt (
    tag     bytea PRIMARY KEY,
    until   bigint NOT NULL
);
CREATE INDEX spent_attempt_end ON bff.spent_attempt (until);

-- What running replicas say of themselves.
CREATE TABLE bff.replica (
    id      bytea PRIMARY KEY,
    record  bytea NOT NULL,
    until   bigint NOT NULL
);
