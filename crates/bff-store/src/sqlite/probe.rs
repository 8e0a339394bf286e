//! The check that the database answers and takes writes. Called by the store.

use rusqlite::{Connection, OptionalExtension as _, params};

/// A test write that leaves no row behind and writes as many pages as a login. The time 0 marks its row, because no attempt expires in 1970.
const PROBE: &str = "INSERT INTO spent_attempt (tag, until) VALUES (hex(zeroblob(8000)), 0) ON CONFLICT DO NOTHING; \
    DELETE FROM spent_attempt WHERE until = 0;";

/// Runs on the writing connection, because a read-only store cannot finish a login. After a failed write, only another write shows whether the disk
/// works. Otherwise nothing is written, so that health probes do not wear the disk.
pub fn run(connection: &Connection, is_failing: bool) -> rusqlite::Result<()> {
    if is_failing {
        connection.execute_batch(PROBE)?;
    }
    connection
        .query_row("SELECT 1 FROM session LIMIT 1", params![], |_| Ok(()))
        .optional()
        .map(drop)
}
