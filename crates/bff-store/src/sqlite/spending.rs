//! The mark that a refresh token is being spent. Called by the store.

mod process;

use rusqlite::{Connection, OptionalExtension as _, params};

use crate::store::Claim;
use bff_core::SessionKey;

/// Sets the mark; returns `false` when that is not allowed.
pub fn mark(
    connection: &Connection,
    key: &SessionKey,
    version: u64,
    claim: &Claim,
) -> rusqlite::Result<bool> {
    // The mark of a killed process is removed, because that process will not store new tokens. A stopped process still may.
    let holders: Option<Option<String>> = connection
        .prepare_cached("SELECT process FROM spending WHERE key = ?1")?
        .query_row(params![key.as_bytes()], |row| row.get(0))
        .optional()?;
    if holders
        .flatten()
        .is_some_and(|process| process::is_gone(&process))
    {
        connection
            .prepare_cached("DELETE FROM spending WHERE key = ?1")?
            .execute(params![key.as_bytes()])?;
    }
    connection
        .prepare_cached(
            "INSERT INTO spending (key, holder, version, until, process) \
             SELECT key, ?2, version, ?4, ?6 FROM session WHERE key = ?1 AND version = ?5 AND ended IS NULL \
             AND EXISTS (SELECT 1 FROM lease WHERE lease.key = ?1 AND lease.holder = ?2 AND lease.until > ?3) \
             ON CONFLICT (key) DO UPDATE SET holder = ?2, version = ?5, until = ?4, process = ?6 \
             WHERE version != ?5 OR holder = ?2 OR until <= ?3 OR until > ?4",
        )?
        .execute(params![
            key.as_bytes(),
            claim.holder,
            claim.now.as_millis(),
            claim.until().as_millis(),
            version,
            process::own()
        ])
        .map(|changed| changed == 1)
}
