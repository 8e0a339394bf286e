//! Removal of expired rows, in steps so that no statement is long. Called by the store.
//!
//! Each step runs only while no other replica makes one, and skips rows that are being changed.

use super::link::{Link, Request};
use super::statements::{Value, now};
use crate::store::StoreError;
use bff_core::Timestamp;

/// Largest number of rows that one statement removes.
const STEP: i64 = 500;

/// Makes a statement that removes at most `$2` rows of a table.
macro_rules! remove {
    ($table:literal, $key:literal, $is_over:expr) => {
        concat!(
            "DELETE FROM ",
            $table,
            " WHERE ",
            $key,
            " IN (SELECT ",
            $key,
            " FROM ",
            $table,
            // The number is the key of the lock: the letters `aBFF`, and 2.
            " WHERE (SELECT pg_try_advisory_xact_lock(1631733318, 2)) AND ",
            $is_over,
            " LIMIT $2 FOR UPDATE SKIP LOCKED)"
        )
    };
}

/// `$1` is not used, so that all statements have the same values.
const REFRESH: &str = remove!(
    "bff.refresh",
    "key",
    concat!(
        "$1 <= $1 AND until <= ",
        now!(),
        " AND mark_until <= ",
        now!()
    )
);
const ATTEMPTS: &str = remove!(
    "bff.spent_attempt",
    "tag",
    concat!("$1 <= $1 AND until <= ", now!())
);
const EXPIRED: &str = remove!("bff.session", "key", "absolute_expires_at <= $1");
const UNUSED: &str = remove!(
    "bff.session",
    "key",
    "last_seen_day <= $1 / 86400000 AND last_seen_at <= $1"
);

/// Removes expired leases, marks, spent attempts and sessions, and sessions that were not used since. Returns the number of removed sessions.
pub async fn remove_expired(
    link: &Link,
    now: Timestamp,
    unused_since: Timestamp,
) -> Result<u64, StoreError> {
    remove_in_steps(link, REFRESH, now).await?;
    remove_in_steps(link, ATTEMPTS, now).await?;
    let expired = remove_in_steps(link, EXPIRED, now).await?;
    Ok(expired + remove_in_steps(link, UNUSED, unused_since).await?)
}

async fn remove_in_steps(
    link: &Link,
    statement: &'static str,
    before: Timestamp,
) -> Result<u64, StoreError> {
    let mut all = 0;
    loop {
        let values: [Value; 2] = [before.into(), STEP.into()];
        // A removed row needs no removal, so a step may be repeated.
        let removed = link.change(Request::repeatable(statement, values)).await?;
        all += removed;
        if removed < STEP as u64 {
            return Ok(all);
        }
    }
}
