//! Detects that the open database file was deleted or replaced. SQLite would go on accepting writes to the unlinked file, and they would be lost.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use super::file;
use crate::store::StoreError;

/// The suffixes of SQLite's write-ahead log and its index. Committed data is in the log until it is copied into the database file.
const BESIDE: [&str; 2] = ["-wal", "-shm"];

/// How long the result of a check is used where every request asks for it: 10 milliseconds.
const RECENT: Duration = Duration::from_millis(10);

/// The files of an open database: the path of each, and its device and inode number when it was opened.
pub struct Identity {
    files: Vec<(PathBuf, (u64, u64))>,
    is_lost: AtomicBool,
    /// The file was found empty once. The open database then no longer matches it, even when data is written into it again.
    is_emptied: AtomicBool,
    opened_at: Instant,
    /// When the last check that passed began, in nanoseconds since `opened_at`.
    passed_at: AtomicU64,
}

impl Identity {
    /// Records the identity of the database that was just opened at `path`.
    ///
    /// # Errors
    /// When one of its files does not exist.
    pub fn from_open_file(path: &Path) -> io::Result<Self> {
        let beside = BESIDE.map(|suffix| file::beside(path, suffix));
        let files = std::iter::once(path.to_owned()).chain(beside);
        Ok(Self {
            files: files
                .map(|file| {
                    let found = fs::metadata(&file)?;
                    Ok((file, number(&found)))
                })
                .collect::<io::Result<_>>()?,
            is_lost: AtomicBool::new(false),
            is_emptied: AtomicBool::new(false),
            opened_at: Instant::now(),
            passed_at: AtomicU64::new(0),
        })
    }

    /// Reports whether the path now names another file than the open one. If the path cannot be checked, SQLite will report the error.
    fn is_gone(&self, file: &Path, open: (u64, u64)) -> bool {
        match fs::metadata(file) {
            Ok(found) => {
                // An empty database file was truncated, because it has a page from its creation on. An empty log is normal.
                if found.len() == 0 && self.files[0].0 == file {
                    self.is_emptied.store(true, Ordering::Relaxed);
                }
                number(&found) != open || self.is_emptied.load(Ordering::Relaxed)
            }
            Err(error) => matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ),
        }
    }

    /// Does the same as [`check`](Self::check), unless a check passed within the last 10 milliseconds.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    pub fn check_recently(&self) -> Result<(), StoreError> {
        let passed_at = Duration::from_nanos(self.passed_at.load(Ordering::Relaxed));
        if self.age().saturating_sub(passed_at) < RECENT {
            return Ok(());
        }
        self.check()
    }

    fn age(&self) -> Duration {
        self.opened_at.elapsed()
    }

    /// Compares the files at the paths with the open files. This takes three system calls, a few microseconds.
    ///
    /// # Errors
    /// [`StoreError`] while a path names no file or another file. The check passes again once the same files are back.
    pub fn check(&self) -> Result<(), StoreError> {
        let began = self.age();
        let lost = self
            .files
            .iter()
            .find(|(file, open)| self.is_gone(file, *open));
        let was_lost = self.is_lost.swap(lost.is_some(), Ordering::Relaxed);
        let Some((file, _)) = lost else {
            let began = u64::try_from(began.as_nanos()).unwrap_or(u64::MAX);
            self.passed_at.store(began, Ordering::Relaxed);
            if was_lost {
                tracing::warn!(
                    event = "store_file_back",
                    "the files of the session database are in place again"
                );
            }
            return Ok(());
        };
        self.passed_at.store(0, Ordering::Relaxed);
        if !was_lost {
            tracing::error!(
                event = "store_file_lost",
                file = %file.display(),
                "a file of the session database was deleted, replaced or emptied while the program runs; nothing is read or written until the same file is in its place again: put it back, or restart the program"
            );
        }
        Err(StoreError::new(
            "a file of the session database was deleted, replaced or emptied; put the same file back, or restart the program",
        ))
    }
}

fn number(found: &Metadata) -> (u64, u64) {
    (found.dev(), found.ino())
}
