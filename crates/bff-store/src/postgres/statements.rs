//! The statements. Each is atomic by itself. Called by the store only.
//!
//! The time of leases, marks and attempts is the server's, read when the row is locked (`clock_timestamp`), because a statement may wait for the row.

use bff_core::Timestamp;
use tokio_postgres::types::{ToSql, Type};

/// The columns of a record, in the order in which rows are read and written.
macro_rules! columns {
    () => {
        "key, user_id, created_at, last_seen_at, absolute_expires_at, version, ended, profile, tokens, app_data"
    };
}

/// The server's time in milliseconds since 1970.
macro_rules! now {
    () => {
        "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"
    };
}
pub(super) use now;

pub const CREATE: &str = concat!(
    "INSERT INTO bff.session (",
    columns!(),
    ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
);

/// `$1` is a list of keys.
pub const LOAD: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM bff.session WHERE key = ANY($1)"
);

pub const SWAP_TOKENS: &str = "UPDATE bff.session SET tokens = $3, version = version + 1 \
    WHERE key = $1 AND version = $2 AND ended IS NULL";

pub const END: &str = "UPDATE bff.session SET ended = $3, profile = '', tokens = '', app_data = '', version = version + 1 \
    WHERE key = $1 AND version = $2 AND ended IS NULL";

pub const SET_APP_DATA: &str =
    "UPDATE bff.session SET app_data = $2 WHERE key = $1 AND ended IS NULL";

/// The time `$3` is the latest that is not of a clock that was set back since.
pub const TOUCH: &str = "UPDATE bff.session SET last_seen_at = CASE WHEN last_seen_at > $3 THEN $2 ELSE greatest(last_seen_at, $2) END \
    WHERE key = $1 AND ended IS NULL";

pub const DELETE: &str = concat!(
    "WITH refresh AS (DELETE FROM bff.refresh WHERE key = $1) DELETE FROM bff.session WHERE key = $1 RETURNING ",
    columns!()
);

pub const OF_USER: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM bff.session WHERE user_id = $1 AND ended IS NULL ORDER BY created_at DESC, key LIMIT $2 OFFSET $3"
);

pub const ALL: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM bff.session WHERE ended IS NULL ORDER BY created_at DESC, key"
);

/// The handle is the beginning of the key's hash, as `SessionKey::handle` makes it.
pub const BY_HANDLE: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM bff.session WHERE translate(encode(substr(sha256(key), 1, 12), 'base64'), '+/', '-_') = $1 AND ended IS NULL LIMIT 1"
);

/// A lease that ends later than this one would is of a clock that was set back since, so it counts as over. A lease that another holder plainly has is
/// refused by a read, because a conflict locks the row, and that is a write to the disk for each replica that waits.
pub const LEASE: &str = concat!(
    "INSERT INTO bff.refresh AS held (key, holder, until) SELECT $1, $2, ",
    now!(),
    " + $3 WHERE NOT EXISTS (SELECT 1 FROM bff.refresh WHERE key = $1 AND holder <> $2 AND until > ",
    now!(),
    " AND until <= ",
    now!(),
    " + $3) ON CONFLICT (key) DO UPDATE SET holder = $2, until = ",
    now!(),
    " + $3 WHERE held.holder IS NULL OR held.holder = $2 OR held.until <= ",
    now!(),
    " OR held.until > ",
    now!(),
    " + $3"
);

/// Needs the lease, and a live session of the version `$3`. A mark for a newer version stands, because versions only grow.
pub const MARK_SPENDING: &str = concat!(
    "UPDATE bff.refresh SET mark_holder = $2, mark_version = $3, mark_until = ",
    now!(),
    " + $4 WHERE key = $1 AND holder = $2 AND until > ",
    now!(),
    " AND EXISTS (SELECT 1 FROM bff.session s WHERE s.key = $1 AND s.version = $3 AND s.ended IS NULL) \
      AND (mark_holder IS NULL OR mark_holder = $2 OR mark_version < $3 OR mark_until <= ",
    now!(),
    " OR mark_until > ",
    now!(),
    " + $4)"
);

pub const RELEASE: &str = "UPDATE bff.refresh SET holder = nullif(holder, $2), until = CASE WHEN holder = $2 THEN 0 ELSE until END, \
    mark_holder = nullif(mark_holder, $2), mark_until = CASE WHEN mark_holder = $2 THEN 0 ELSE mark_until END \
    WHERE key = $1 AND (holder = $2 OR mark_holder = $2)";

pub const SPEND_ATTEMPT: &str = concat!(
    "INSERT INTO bff.spent_attempt (tag, until) VALUES ($1, ",
    now!(),
    " + $2) ON CONFLICT DO NOTHING"
);

/// Replaces the record of a replica. Removes those that are over on the way, except its own.
pub const ANNOUNCE_REPLICA: &str = concat!(
    "WITH gone AS (DELETE FROM bff.replica WHERE id <> $1 AND until <= ",
    now!(),
    ") INSERT INTO bff.replica (id, record, until) VALUES ($1, $2, ",
    now!(),
    " + $3) ON CONFLICT (id) DO UPDATE SET record = excluded.record, until = excluded.until"
);

pub const REPLICAS: &str = concat!("SELECT record FROM bff.replica WHERE until > ", now!());

/// The channel on which replicas announce changes, and its messages.
pub const CHANNEL: &str = "bff_changes";
pub const NOTIFY: &str = "SELECT pg_notify('bff_changes', $1)";

/// Writes the same row each time, because a server whose disk is full, or whose synchronous standby is away, still answers reads. No tag is empty.
pub const PING: &str = "INSERT INTO bff.spent_attempt (tag, until) VALUES ('', 0) ON CONFLICT (tag) DO UPDATE SET until = 0";

/// A value of a statement.
pub enum Value {
    /// Bytes, or none.
    Bytes(Option<Vec<u8>>),
    /// A list of keys.
    Keys(Vec<Vec<u8>>),
    /// A number.
    Number(i64),
    /// A text, or none.
    Text(Option<String>),
}

impl Value {
    /// Returns the value and its type, as the client needs them.
    pub fn typed(&self) -> (&(dyn ToSql + Sync), Type) {
        match self {
            Self::Bytes(bytes) => (bytes, Type::BYTEA),
            Self::Keys(keys) => (keys, Type::BYTEA_ARRAY),
            Self::Number(number) => (number, Type::INT8),
            Self::Text(text) => (text, Type::TEXT),
        }
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Self::Bytes(Some(bytes.to_vec()))
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        text.as_bytes().into()
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl From<Timestamp> for Value {
    fn from(time: Timestamp) -> Self {
        Self::Number(time.as_millis())
    }
}
