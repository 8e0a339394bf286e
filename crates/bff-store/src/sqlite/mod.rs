//! Sessions in one SQLite file: the store for a single machine.
//!
//! A confirmed write survives a killed process and a power cut: WAL with `synchronous=FULL`, and an answer only after the commit. One thread
//! writes ([`writer`]). Changes that wait during a commit go into the next transaction together. Reads have connections of their own
//! ([`readers`]) and never wait for a commit.

mod change_mark;
mod file;
mod health;
mod identity;
mod lease;
mod other_process;
mod probe;
mod readers;
mod replicas;
mod rows;
mod spending;
mod sweep;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension as _, params};
use tokio::sync::broadcast::Receiver;

use self::change_mark::WalIndex;
use self::identity::Identity;
use self::readers::{Quick, Readers};
use self::rows::{COLUMNS, describe, insert, read_record, select, swap};
use self::writer::{LIMIT, Writer};
use crate::changes::{Change, Changes};
use crate::record::Record;
use crate::store::{ChangeMark, Claim, LeaseHolder, SessionStore, StoreError, Swap};
use bff_core::{CLOCK_SKEW, EndCause, SessionKey, Timestamp, UserId};

pub use self::file::OpenFileError;

/// Number of rows up to which a list is read on the thread of the request: less than half a millisecond.
const FEW_ROWS: usize = 200;

/// The store of `sqlite:PATH`.
pub struct SqliteStore {
    path: PathBuf,
    readers: Readers,
    writer: Arc<Writer>,
    identity: Arc<Identity>,
    wal_index: Arc<WalIndex>,
    changes: Changes,
}

impl SqliteStore {
    /// Opens the file. Creates it (0600, its folder 0700) if it does not exist.
    ///
    /// # Errors
    /// [`OpenFileError`] when the file cannot be created or written, is no database, is damaged, belongs to another program, or has a newer
    /// version than this program knows. Nothing is overwritten then.
    pub fn open(path: &Path) -> Result<Self, OpenFileError> {
        let writing = file::open_for_writing(path)?;
        let readers = Readers::open(path)?;
        let unwritable = |source| OpenFileError::Unwritable {
            path: path.to_owned(),
            source,
        };
        let identity = Identity::from_open_file(path).map_err(unwritable)?;
        let wal_index = WalIndex::open(path).map_err(unwritable)?;
        let identity = Arc::new(identity);
        let writers = Arc::clone(&identity);
        Ok(Self {
            path: path.to_owned(),
            readers,
            writer: Arc::new(Writer::start(writing, move || writers.check())),
            identity,
            wal_index: Arc::new(wal_index),
            changes: Changes::default(),
        })
    }

    /// Runs a query that reads few rows, on this thread where possible.
    async fn read_here<T, F>(&self, query: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Clone + Send + 'static,
    {
        self.identity.check_recently()?;
        match self.readers.quick(query.clone()) {
            Quick::Read(outcome) => outcome.map_err(|error| describe(&error)),
            Quick::Busy => self.read(query).await,
        }
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

    /// Runs a query that may take longer than a request waits.
    async fn read_at_length<T, F>(&self, query: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    {
        let reader = self.readers.patient();
        let identity = Arc::clone(&self.identity);
        tokio::task::spawn_blocking(move || {
            // Fails for a deleted file, because its data is not what the operator put in place, and a sign-out could not be stored either.
            identity.check()?;
            query(&reader.lock().unwrap_or_else(PoisonError::into_inner))
                .map_err(|error| describe(&error))
        })
        .await
        .map_err(|_| StoreError::new("the reading task ended early"))?
    }
}

#[async_trait]
impl SessionStore for SqliteStore {
    fn system(&self) -> &'static str {
        "sqlite"
    }

    async fn create(&self, record: Record) -> Result<(), StoreError> {
        self.writer
            .write(move |connection| insert(connection, &record))
            .await
    }

    async fn load(&self, key: &SessionKey) -> Result<Option<Record>, StoreError> {
        let key = *key;
        let query = move |connection: &Connection| {
            connection
                .prepare_cached(&format!("SELECT {COLUMNS} FROM session WHERE key = ?1"))?
                .query_row(params![key.as_bytes()], read_record)
                .optional()
                .map(Option::flatten)
        };
        self.read_here(query).await
    }

    fn change_mark(&self) -> Option<ChangeMark> {
        self.identity.check_recently().ok()?;
        self.wal_index.change_mark()
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
                        "UPDATE session SET last_seen_at = iif(last_seen_at > ?3, ?2, max(last_seen_at, ?2)) \
                         WHERE key = ?1 AND ended IS NULL",
                    )?
                    .execute(params![key.as_bytes(), at.as_millis(), at.plus(CLOCK_SKEW).as_millis()])
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
                lease::remove(connection, &key)?;
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

    async fn of_user(
        &self,
        user: &UserId,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        let user = user.clone();
        let query = move |connection: &Connection| {
            select(
                connection,
                // The skipped rows are read from the index alone.
                "rowid IN (SELECT rowid FROM session WHERE user = ?1 AND ended IS NULL ORDER BY created_at DESC, key LIMIT ?2 OFFSET ?3) \
                 ORDER BY created_at DESC, key",
                params![user.as_str(), limit, skip],
            )
        };
        if skip.saturating_add(limit) <= FEW_ROWS {
            return self.read_here(query).await;
        }
        self.read(query).await
    }

    async fn all(&self) -> Result<Vec<Record>, StoreError> {
        self.read_at_length(|connection| {
            select(
                connection,
                "ended IS NULL ORDER BY created_at DESC, key",
                params![],
            )
        })
        .await
    }

    async fn lease(&self, key: &SessionKey, claim: &Claim) -> Result<bool, StoreError> {
        let (key, claim) = (*key, claim.clone());
        self.writer
            .write(move |connection| lease::take(connection, &key, &claim))
            .await
    }

    async fn mark_spending(
        &self,
        key: &SessionKey,
        version: u64,
        claim: &Claim,
    ) -> Result<bool, StoreError> {
        let (key, claim) = (*key, claim.clone());
        self.writer
            .write(move |connection| spending::mark(connection, &key, version, &claim))
            .await
    }

    async fn release(&self, key: &SessionKey, holder: &LeaseHolder) -> Result<(), StoreError> {
        let (key, holder) = (*key, holder.clone());
        self.writer
            .write(move |connection| lease::release(connection, &key, &holder))
            .await
    }

    async fn spend_attempt(
        &self,
        tag: &str,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<bool, StoreError> {
        let (tag, until) = (tag.to_owned(), now.plus(ttl));
        self.writer
            .write(move |connection| rows::spend_attempt(connection, &tag, until))
            .await
    }

    async fn sweep(&self, now: Timestamp, unused_since: Timestamp) -> Result<u64, StoreError> {
        sweep::remove_expired(&self.writer, now, unused_since).await
    }

    async fn announce(&self, change: &Change) -> Result<(), StoreError> {
        self.changes.tell(change.clone());
        Ok(())
    }

    fn changes(&self) -> Receiver<Change> {
        let watch = other_process::watch(&self.wal_index, &self.writer, self.changes.clone());
        self.changes.receive_from(watch)
    }

    async fn announce_replica(
        &self,
        id: &str,
        record: &str,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<(), StoreError> {
        let (id, record, until) = (id.to_owned(), record.to_owned(), now.plus(ttl));
        let change =
            move |connection: &Connection| replicas::announce(connection, &id, &record, now, until);
        self.writer.write(change).await
    }

    async fn replicas(&self, now: Timestamp) -> Result<Vec<String>, StoreError> {
        self.read(move |connection| replicas::list(connection, now))
            .await
    }

    /// Copies the write-ahead log into the database file, so that the file alone holds all data.
    async fn flush(&self) -> Result<(), StoreError> {
        let (path, identity) = (self.path.clone(), Arc::clone(&self.identity));
        tokio::task::spawn_blocking(move || {
            identity.check()?;
            file::checkpoint(&path).map_err(|error| describe(&error))
        })
        .await
        .map_err(|_| StoreError::new("the checkpoint task ended early"))?
    }

    async fn ping(&self) -> Result<(), StoreError> {
        probe::run(&self.writer, &self.identity).await
    }
}
