//! Records as rows. Called by the store only.

use tokio_postgres::Row;
use tokio_postgres::types::FromSql;

use crate::record::Record;
use bff_core::audit;
use bff_core::{EndCause, SessionKey, Timestamp, UserId};

/// Reads the record of a row with the columns of `statements::COLUMNS`. An unreadable record counts as no session: its user signs in again.
pub fn read(row: &Row) -> Option<Record> {
    let key = key(row)?;
    let record = read_fields(key, row);
    if record.is_none() {
        audit::session_record_unreadable("record", &key.handle(), &"unexpected value");
    }
    record
}

/// Reads the key of such a row.
pub fn key(row: &Row) -> Option<SessionKey> {
    let key: [u8; 32] = column::<&[u8]>(row, 0)?.try_into().ok()?;
    Some(SessionKey::from_bytes(key))
}

fn read_fields(key: SessionKey, row: &Row) -> Option<Record> {
    let user: Option<Vec<u8>> = column(row, 1)?;
    let ended: Option<String> = column(row, 6)?;
    Some(Record {
        key,
        user: user
            .map(String::from_utf8)
            .transpose()
            .ok()?
            .map(UserId::new),
        created_at: Timestamp::from_millis(column(row, 2)?),
        last_seen_at: Timestamp::from_millis(column(row, 3)?),
        absolute_expires_at: Timestamp::from_millis(column(row, 4)?),
        version: column::<i64>(row, 5)?.try_into().ok()?,
        // An unknown cause, written by an older or newer release, still means that the session is over.
        ended: ended.map(|code| EndCause::from_code(&code).unwrap_or(EndCause::RefreshRefused)),
        profile: column(row, 7)?,
        tokens: column(row, 8)?,
        app_data: column(row, 9)?,
    })
}

fn column<'a, T: FromSql<'a>>(row: &'a Row, index: usize) -> Option<T> {
    row.try_get(index).ok()
}
