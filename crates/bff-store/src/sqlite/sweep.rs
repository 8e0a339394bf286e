//! Removal of expired rows, in steps so that other writes can run in between. Called by the store.

use rusqlite::params;

use super::writer::Writer;
use crate::store::StoreError;
use bff_core::Timestamp;

/// Largest number of rows that are removed per transaction.
const STEP: usize = 500;

/// Removes expired leases, marks, spent attempts and sessions, and sessions that were not used since. Returns the number of removed sessions.
pub async fn remove_expired(
    writer: &Writer,
    now: Timestamp,
    unused_since: Timestamp,
) -> Result<u64, StoreError> {
    let over = [
        (
            "DELETE FROM lease WHERE key IN (SELECT key FROM lease WHERE until <= ?1 LIMIT ?2)",
            now,
        ),
        (
            "DELETE FROM spending WHERE key IN (SELECT key FROM spending WHERE until <= ?1 LIMIT ?2)",
            now,
        ),
        (
            "DELETE FROM spent_attempt WHERE tag IN (SELECT tag FROM spent_attempt WHERE until <= ?1 LIMIT ?2)",
            now,
        ),
        (
            "DELETE FROM session WHERE rowid IN (SELECT rowid FROM session WHERE absolute_expires_at <= ?1 LIMIT ?2)",
            now,
        ),
        (
            "DELETE FROM session WHERE rowid IN (SELECT rowid FROM session WHERE last_seen_at <= ?1 LIMIT ?2)",
            unused_since,
        ),
    ];
    let mut sessions = 0;
    for (statement, before) in over {
        let removed = remove_in_steps(writer, statement, before).await?;
        if statement.contains("FROM session") {
            sessions += removed;
        }
    }
    Ok(sessions)
}

/// Removes the rows that ended `before`, in steps. Returns the number of removed rows.
async fn remove_in_steps(
    writer: &Writer,
    statement: &'static str,
    before: Timestamp,
) -> Result<u64, StoreError> {
    let mut all = 0;
    loop {
        let step = writer.write(move |connection| {
            connection
                .prepare_cached(statement)?
                .execute(params![before.as_millis(), STEP])
        });
        let removed = step.await?;
        all += removed as u64;
        if removed < STEP {
            return Ok(all);
        }
    }
}
