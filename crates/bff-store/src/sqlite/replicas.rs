//! What running replicas say of themselves. Called by the store.

use rusqlite::{Connection, params};

use bff_core::Timestamp;

/// Stores the record of one replica until this time, and removes all whose time is over at `now`, its own included.
pub fn announce(
    connection: &Connection,
    id: &str,
    record: &str,
    now: Timestamp,
    until: Timestamp,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO replica (id, record, until) VALUES (?1, ?2, ?3) \
             ON CONFLICT (id) DO UPDATE SET record = ?2, until = ?3",
        )?
        .execute(params![id, record, until.as_millis()])?;
    connection
        .prepare_cached("DELETE FROM replica WHERE until <= ?1")?
        .execute(params![now.as_millis()])
        .map(drop)
}

/// Returns the records whose time is not over.
pub fn list(connection: &Connection, now: Timestamp) -> rusqlite::Result<Vec<String>> {
    connection
        .prepare_cached("SELECT record FROM replica WHERE until > ?1")?
        .query_map(params![now.as_millis()], |row| row.get(0))?
        .collect()
}
