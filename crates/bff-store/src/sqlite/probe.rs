//! The check that the database answers and takes writes. Called by the store.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::identity::Identity;
use super::writer::Writer;
use crate::store::StoreError;

/// A test write that leaves no row behind and writes as many pages as a login. The time 0 marks its row, because no attempt expires in 1970.
const PROBE: &str = "INSERT INTO spent_attempt (tag, until) VALUES (hex(zeroblob(8000)), 0) ON CONFLICT DO NOTHING; \
    DELETE FROM spent_attempt WHERE until = 0;";

/// Checks that the store answers. Unless a write has just reached the disk and few wait, this runs on the writing connection, because a read-only store
/// cannot finish a login. After a failed write, only another write shows whether the disk works. Otherwise nothing is written, so that health probes do
/// not wear the disk.
pub async fn run(writer: &Writer, identity: &Identity) -> Result<(), StoreError> {
    let health = writer.health();
    if health.has_just_written() && !writer.is_behind() {
        return identity.check();
    }
    let is_failing = health.is_failing();
    let probe = move |connection: &Connection| {
        if is_failing {
            connection.execute_batch(PROBE)?;
        }
        connection
            .query_row("SELECT 1 FROM session LIMIT 1", params![], |_| Ok(()))
            .optional()
            .map(drop)
    };
    writer.write(probe).await
}
