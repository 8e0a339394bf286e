//! The connections that read. A request reads a record or a short list on its own thread, because that takes less time than handing it to another
//! thread. Long lists are read on a thread that may block.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError};

use rusqlite::{Connection, ErrorCode};

use super::file::{self, OpenFileError};

/// Number of connections for short queries. A thread takes the first free one, so that there are as many in use as threads read at once.
const CONNECTIONS: usize = 8;

/// The reading connections of one store.
pub struct Readers {
    path: PathBuf,
    /// Opened on first use. They do not wait for a lock.
    quick: [Mutex<Option<Connection>>; CONNECTIONS],
    /// Waits for a lock as long as a caller is answered.
    patient: Arc<Mutex<Connection>>,
}

/// The result of an attempt to read without waiting.
pub enum Quick<T> {
    /// The result.
    Read(rusqlite::Result<T>),
    /// Another process holds a lock, or all connections are in use: read on a thread that may block.
    Busy,
}

impl Readers {
    /// Opens the first connection.
    ///
    /// # Errors
    /// [`OpenFileError`] when the file cannot be read.
    pub fn open(path: &Path) -> Result<Self, OpenFileError> {
        Ok(Self {
            path: path.to_owned(),
            quick: Default::default(),
            patient: Arc::new(Mutex::new(file::open_for_reading(path)?)),
        })
    }

    /// Returns the connection for queries on a thread that may block.
    pub fn patient(&self) -> Arc<Mutex<Connection>> {
        Arc::clone(&self.patient)
    }

    /// Runs a short query on this thread.
    pub fn quick<T>(&self, query: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Quick<T> {
        let Some(mut free) = self.quick.iter().find_map(try_lock) else {
            return Quick::Busy;
        };
        if free.is_none() {
            *free = file::open_for_quick_reading(&self.path).ok();
        }
        let Some(connection) = free.as_ref() else {
            return Quick::Busy;
        };
        match query(connection) {
            Err(error) if is_busy(&error) => Quick::Busy,
            outcome => Quick::Read(outcome),
        }
    }
}

fn try_lock<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    match mutex.try_lock() {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(PoisonError::into_inner(poisoned)),
        Err(TryLockError::WouldBlock) => None,
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
}
