//! Whether the open database still has its name: a file that was deleted or replaced takes every write, and loses it.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::StoreError;

/// The log and the index that SQLite keeps beside the file. What is committed lies in the log until it is copied into the file.
const BESIDE: [&str; 2] = ["-wal", "-shm"];

/// The files of an open database: their paths, and the device and inode number of each when it was opened.
pub struct Identity {
    files: Vec<(PathBuf, (u64, u64))>,
    is_lost: AtomicBool,
    /// The file was seen empty, so what is open does not fit to it whatever is written into it next.
    is_emptied: AtomicBool,
}

impl Identity {
    /// Of the database that was just opened at `path`.
    ///
    /// # Errors
    /// When one of its files is not there.
    pub fn of_open(path: &Path) -> io::Result<Self> {
        let beside = BESIDE.map(|ending| {
            let mut name = path.as_os_str().to_owned();
            name.push(ending);
            PathBuf::from(name)
        });
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
        })
    }

    /// Whether the path names something else than what is open. Where it cannot be looked at, SQLite will tell what is wrong.
    fn is_gone(&self, file: &Path, open: (u64, u64)) -> bool {
        match fs::metadata(file) {
            Ok(found) => {
                // The file itself begins with a page from its first moment; the log is empty now and then.
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

    /// Compares what the paths name now with what is open. Three calls of the system, a few microseconds.
    ///
    /// # Errors
    /// [`StoreError`] while a path names nothing or another file. The same files in their places are an answer again.
    pub fn check(&self) -> Result<(), StoreError> {
        let lost = self
            .files
            .iter()
            .find(|(file, open)| self.is_gone(file, *open));
        let was_lost = self.is_lost.swap(lost.is_some(), Ordering::Relaxed);
        let Some((file, _)) = lost else {
            if was_lost {
                tracing::warn!(
                    event = "store_file_back",
                    "the session database has its files again"
                );
            }
            return Ok(());
        };
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
