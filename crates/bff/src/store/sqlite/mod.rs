//! Sessions in one SQLite file: the store of one machine.
//!
//! What is promised survives a killed process and a power cut: WAL with `synchronous=FULL`, and an answer only after the commit. One thread
//! writes ([`writer`]); whatever waits while it commits goes into the next transaction together. Reads have a connection of their own and
//! never wait for a commit.

mod file;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use self::writer::{LIMIT, Writer};
use super::{LeaseHolder, Record, SessionStore, StoreError, Swap};
use crate::domain::{EndCause, SessionKey, Timestamp, UserId};

pub use self::file::OpenFileError;

const COLUMNS: &str = "key, user, created_at, last_seen_at, absolute_expires_at, version, ended, profile, tokens, app_data";

/// A write that leaves nothing behind, and goes to the disk in as many pages as a login does. No attempt ends in 1970.
const PROBE: &str = "INSERT INTO spent_attempt (tag, until) VALUES (hex(zeroblob(8000)), 0) ON CONFLICT DO NOTHING; \
    DELETE FROM spent_attempt WHERE until = 0;";

/// The store of `sqlite:PATH`.
pub struct SqliteStore {
    path: PathBuf,
    reader: Arc<Mutex<Connection>>,
    writer: Writer,
}

impl SqliteStore {
    /// Opens the file, and makes it (0600, its folder 0700) when it is not there.
    ///
    /// # Errors
    /// [`OpenFileError`] when the file cannot be made or written, is no database, is damaged, belongs to another program, or is of a newer
    /// version than this program knows. Nothing is overwritten then.
    pub fn open(path: &Path) -> Result<Self, OpenFileError> {
        let writing = file::open_for_writing(path)?;
        let reading = file::open_for_reading(path)?;
        Ok(Self {
            path: path.to_owned(),
            reader: Arc::new(Mutex::new(reading)),
            writer: Writer::start(writing),
        })
    }

    async fn read<T, F>(&self, query: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        tokio::time::timeout(LIMIT, self.read_at_length(query))
            .await
            .map_err(|_| StoreError::new("the disk does not answer in time"))?
    }

    /// The same for what may take longer than a request waits.
    async fn read_at_length<T, F>(&self, query: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let reader = Arc::clone(&self.reader);
        tokio::task::spawn_blocking(move || {
            query(&reader.lock().unwrap_or_else(PoisonError::into_inner))
        })
        .await
        .map_err(|_| StoreError::new("the reading task ended early"))?
        .map_err(|error| describe(&error))
    }
}

/// A change of the one row that has this version, and what became of it.
fn swap(
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
            .map_or(Swap::Gone, |record| Swap::Moved(Box::new(record))))
    }
}

/// What may be said of a database error: its kind, never a statement or a value.
fn describe(error: &rusqlite::Error) -> StoreError {
    match error {
        rusqlite::Error::SqliteFailure(failure, _) => StoreError::new(format!("SQLite: {failure}")),
        _ => StoreError::new("SQLite: an answer has an unexpected form"),
    }
}

fn select(
    connection: &Connection,
    condition: &str,
    values: impl rusqlite::Params,
) -> rusqlite::Result<Vec<Record>> {
    connection
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM session WHERE {condition} ORDER BY created_at DESC, key"
        ))?
        .query_map(values, read_record)?
        .filter_map(Result::transpose)
        .collect()
}

/// The record in a row. One that cannot be read is no session, and keeps nobody from the others.
fn read_record(row: &Row<'_>) -> rusqlite::Result<Option<Record>> {
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

/// The values of a row, which are of the right kind, as the table is strict, but perhaps out of range or not UTF-8.
fn read_fields(key: SessionKey, row: &Row<'_>) -> rusqlite::Result<Record> {
    let ended: Option<String> = row.get(6)?;
    Ok(Record {
        key,
        user: row.get::<_, Option<String>>(1)?.map(UserId::new),
        created_at: Timestamp::from_millis(row.get(2)?),
        last_seen_at: Timestamp::from_millis(row.get(3)?),
        absolute_expires_at: Timestamp::from_millis(row.get(4)?),
        version: row.get(5)?,
        // A cause that an older or newer program wrote still means that the session is over.
        ended: ended.map(|code| EndCause::from_code(&code).unwrap_or(EndCause::RefreshRefused)),
        profile: row.get(7)?,
        tokens: row.get(8)?,
        app_data: row.get(9)?,
    })
}

fn insert(connection: &Connection, record: &Record) -> rusqlite::Result<()> {
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

#[async_trait]
impl SessionStore for SqliteStore {
    async fn create(&self, record: Record) -> Result<(), StoreError> {
        self.writer
            .write(move |connection| insert(connection, &record))
            .await
    }

    async fn load(&self, key: &SessionKey) -> Result<Option<Record>, StoreError> {
        let key = *key;
        self.read(move |connection| {
            connection
                .prepare_cached(&format!("SELECT {COLUMNS} FROM session WHERE key = ?1"))?
                .query_row(params![key.as_bytes()], read_record)
                .optional()
                .map(Option::flatten)
        })
        .await
    }

    async fn swap_tokens(
        &self,
        key: &SessionKey,
        version: u64,
        tokens: Vec<u8>,
    ) -> Result<Swap, StoreError> {
        let key = *key;
        let change = swap(key, version, move |connection| {
            connection
                .prepare_cached(
                    "UPDATE session SET tokens = ?3, version = version + 1 WHERE key = ?1 AND version = ?2 AND ended IS NULL",
                )?
                .execute(params![key.as_bytes(), version, tokens])
        });
        self.writer.write(change).await
    }

    async fn set_app_data(&self, key: &SessionKey, app_data: Vec<u8>) -> Result<bool, StoreError> {
        let key = *key;
        self.writer
            .write(move |connection| {
                connection
                    .prepare_cached(
                        "UPDATE session SET app_data = ?2 WHERE key = ?1 AND ended IS NULL",
                    )?
                    .execute(params![key.as_bytes(), app_data])
                    .map(|changed| changed == 1)
            })
            .await
    }

    async fn touch(&self, key: &SessionKey, at: Timestamp) -> Result<bool, StoreError> {
        let key = *key;
        self.writer
            .write(move |connection| {
                connection
                    .prepare_cached(
                        "UPDATE session SET last_seen_at = max(last_seen_at, ?2) WHERE key = ?1 AND ended IS NULL",
                    )?
                    .execute(params![key.as_bytes(), at.as_millis()])
                    .map(|changed| changed == 1)
            })
            .await
    }

    async fn end(
        &self,
        key: &SessionKey,
        version: u64,
        cause: EndCause,
    ) -> Result<Swap, StoreError> {
        let key = *key;
        let change = swap(key, version, move |connection| {
            connection
                .prepare_cached(
                    "UPDATE session SET ended = ?3, profile = x'', tokens = x'', app_data = x'', version = version + 1 \
                     WHERE key = ?1 AND version = ?2 AND ended IS NULL",
                )?
                .execute(params![key.as_bytes(), version, cause.code()])
        });
        self.writer.write_at_any_rate(change).await
    }

    async fn delete(&self, key: &SessionKey) -> Result<Option<Record>, StoreError> {
        let key = *key;
        self.writer
            .write_at_any_rate(move |connection| {
                connection
                    .prepare_cached("DELETE FROM lease WHERE key = ?1")?
                    .execute(params![key.as_bytes()])?;
                connection
                    .prepare_cached(&format!(
                        "DELETE FROM session WHERE key = ?1 RETURNING {COLUMNS}"
                    ))?
                    .query_row(params![key.as_bytes()], read_record)
                    .optional()
                    .map(Option::flatten)
            })
            .await
    }

    async fn of_user(&self, user: &UserId) -> Result<Vec<Record>, StoreError> {
        let user = user.clone();
        self.read(move |connection| {
            select(
                connection,
                "user = ?1 AND ended IS NULL",
                params![user.as_str()],
            )
        })
        .await
    }

    async fn all(&self) -> Result<Vec<Record>, StoreError> {
        self.read_at_length(|connection| select(connection, "ended IS NULL", params![]))
            .await
    }

    async fn lease(
        &self,
        key: &SessionKey,
        holder: &LeaseHolder,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<bool, StoreError> {
        let (key, holder) = (*key, holder.clone());
        self.writer
            .write(move |connection| {
                connection
                    .prepare_cached(
                        "INSERT INTO lease (key, holder, until) VALUES (?1, ?2, ?4) \
                         ON CONFLICT (key) DO UPDATE SET holder = ?2, until = ?4 WHERE holder = ?2 OR until <= ?3",
                    )?
                    .execute(params![key.as_bytes(), holder, now.as_millis(), now.plus(ttl).as_millis()])
                    .map(|changed| changed == 1)
            })
            .await
    }

    async fn release(&self, key: &SessionKey, holder: &LeaseHolder) -> Result<(), StoreError> {
        let (key, holder) = (*key, holder.clone());
        self.writer
            .write(move |connection| {
                connection
                    .prepare_cached("DELETE FROM lease WHERE key = ?1 AND holder = ?2")?
                    .execute(params![key.as_bytes(), holder])
                    .map(drop)
            })
            .await
    }

    async fn spend_attempt(&self, tag: &str, until: Timestamp) -> Result<bool, StoreError> {
        let tag = tag.to_owned();
        self.writer
            .write(move |connection| {
                connection
                    .prepare_cached("INSERT INTO spent_attempt (tag, until) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
                    .execute(params![tag, until.as_millis()])
                    .map(|changed| changed == 1)
            })
            .await
    }

    async fn sweep(&self, now: Timestamp) -> Result<u64, StoreError> {
        self.writer
            .write(move |connection| {
                let now = params![now.as_millis()];
                connection.execute("DELETE FROM lease WHERE until <= ?1", now)?;
                connection.execute("DELETE FROM spent_attempt WHERE until <= ?1", now)?;
                connection
                    .execute("DELETE FROM session WHERE absolute_expires_at <= ?1", now)
                    .map(|removed| removed as u64)
            })
            .await
    }

    /// Writes the log into the file, so that the file alone holds everything.
    async fn settle(&self) -> Result<(), StoreError> {
        let path = self.path.clone();
        tokio::task::spawn_blocking(move || file::settle(&path))
            .await
            .map_err(|_| StoreError::new("the settling task ended early"))?
            .map_err(|error| describe(&error))
    }

    async fn ping(&self) -> Result<(), StoreError> {
        // Asked of the writer: a store that can only be read cannot finish a login. After a write that failed the answer is known only by
        // another write; while all goes well nothing is written, so that probes do not wear the disk.
        let is_failing = self.writer.is_failing();
        self.writer
            .write(move |connection| {
                if is_failing {
                    connection.execute_batch(PROBE)?;
                }
                connection
                    .query_row("SELECT 1 FROM session LIMIT 1", params![], |_| Ok(()))
                    .optional()
            })
            .await
            .map(drop)
    }
}
