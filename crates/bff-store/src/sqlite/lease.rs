//! The lease of a session, and the end of a lease together with its mark (`spending.rs`). Called by the store.

use rusqlite::{Connection, params};

use crate::store::Claim;
use bff_core::SessionKey;

/// Takes or renews the lease; returns `false` while another holder has it. A lease that ends later than a new one comes from a clock that is ahead,
/// so it is replaced.
pub fn take(connection: &Connection, key: &SessionKey, claim: &Claim) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(
            "INSERT INTO lease (key, holder, until) VALUES (?1, ?2, ?4) \
             ON CONFLICT (key) DO UPDATE SET holder = ?2, until = ?4 WHERE holder = ?2 OR until <= ?3 OR until > ?4",
        )?
        .execute(params![key.as_bytes(), claim.holder, claim.now.as_millis(), claim.until().as_millis()])
        .map(|changed| changed == 1)
}

/// Removes the lease and the mark of this holder.
pub fn release(connection: &Connection, key: &SessionKey, holder: &str) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM lease WHERE key = ?1 AND holder = ?2")?
        .execute(params![key.as_bytes(), holder])?;
    connection
        .prepare_cached("DELETE FROM spending WHERE key = ?1 AND holder = ?2")?
        .execute(params![key.as_bytes(), holder])
        .map(drop)
}

/// Removes the lease and the mark of any holder.
pub fn remove(connection: &Connection, key: &SessionKey) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM lease WHERE key = ?1")?
        .execute(params![key.as_bytes()])?;
    connection
        .prepare_cached("DELETE FROM spending WHERE key = ?1")?
        .execute(params![key.as_bytes()])
        .map(drop)
}
