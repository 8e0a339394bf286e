//! Records as rows of the table, and error descriptions for the log. Called by the store and its writer.

use rusqlite::{Connection, Row, params};

use crate::record::Record;
use crate::store::{StoreError, Swap};
use bff_core::{EndCause, SessionKey, Timestamp, UserId};

/// The columns, in the order in which rows are read and written.
pub const COLUMNS: &str = "key, user, created_at, last_seen_at, absolute_expires_at, version, ended, profile, tokens, app_data";

/// Changes the one row that has this version, and returns the result.
pub fn swap(
    key: SessionKey,
    version: u64,
    change: impl FnOnce(&Connection) -> rusqlite::Result<usize>,
) -> impl FnOnce(&Connection) -> rusqlite::Result<Swap> {
    move |connection| {
        if change(connection)? == 1 {
            return Ok(Swap::Done(version + 1));
        }
        let standing = select(
            connection,
            "key = ?1 AND ended IS NULL",
            params![key.as_bytes()],
        )?;
        Ok(standing
            .into_iter()
            .next()
            .map_or(Swap::NotFound, |record| Swap::Conflict(Box::new(record))))
    }
}

/// Describes a database error by its kind. It never includes a statement or a value.
pub fn describe(error: &rusqlite::Error) -> StoreError {
    match error {
        rusqlite::Error::SqliteFailure(failure, _) => StoreError::new(format!("SQLite: {failure}")),
        _ => StoreError::new("SQLite: an answer has an unexpected form"),
    }
}

/// Returns the records that meet the condition, which may order and limit them.
pub fn select(
    connection: &Connection,
    condition: &str,
    values: impl rusqlite::Params,
) -> rusqlite::Result<Vec<Record>> {
    connection
        .prepare_cached(&format!("SELECT {COLUMNS} FROM session WHERE {condition}"))?
        .query_map(values, read_record)?
        .filter_map(Result::transpose)
        .collect()
}

/// Reads the record of a row. An unreadable record counts as no session, so that it does not block the other records.
pub fn read_record(row: &Row<'_>) -> rusqlite::Result<Option<Record>> {
    let key = SessionKey::from_bytes(row.get(0)?);
    let record = read_fields(key, row).ok();
    if record.is_none() {
        tracing::warn!(
            event = "session_record_unreadable",
            session = %key.handle(),
            part = "record",
            "a stored session does not open and counts as no session"
        );
    }
    Ok(record)
}

/// Reads the values of a row. The strict table guarantees their types, but they may be out of range or not UTF-8.
fn read_fields(key: SessionKey, row: &Row<'_>) -> rusqlite::Result<Record> {
    let ended: Option<String> = row.get(6)?;
    Ok(Record {
        key,
        user: row.get::<_, Option<String>>(1)?.map(UserId::new),
        created_at: Timestamp::from_millis(row.get(2)?),
        last_seen_at: Timestamp::from_millis(row.get(3)?),
        absolute_expires_at: Timestamp::from_millis(row.get(4)?),
        version: row.get(5)?,
        // An unknown cause, written by an older or newer release, still means that the session is over.
        ended: ended.map(|code| EndCause::from_code(&code).unwrap_or(EndCause::RefreshRefused)),
        profile: row.get(7)?,
        tokens: row.get(8)?,
        app_data: row.get(9)?,
    })
}

/// Inserts a new record.
pub fn insert(connection: &Connection, record: &Record) -> rusqlite::Result<()> {
    connection
        .prepare_cached(&format!(
            "INSERT INTO session ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
        ))?
        .execute(params![
            record.key.as_bytes(),
            record.user.as_ref().map(UserId::as_str),
            record.created_at.as_millis(),
            record.last_seen_at.as_millis(),
            record.absolute_expires_at.as_millis(),
            record.version,
            record.ended.map(EndCause::code),
            record.profile,
            record.tokens,
            record.app_data,
        ])
        .map(drop)
}

/// Marks a login attempt as spent until then; `false` when it was spent before.
pub fn spend_attempt(
    connection: &Connection,
    tag: &str,
    until: Timestamp,
) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(
            "INSERT INTO spent_attempt (tag, until) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        )?
        .execute(params![tag, until.as_millis()])
        .map(|changed| changed == 1)
}
