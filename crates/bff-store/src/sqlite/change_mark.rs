//! Tells without a transaction whether any process has changed the database: a read of the header of SQLite's WAL index.
//!
//! Every commit writes a new header into the `-shm` file, which all connections of all processes share. The header holds a counter of the commits and
//! the checksum of the last frame, and a checksum over all of that (<https://sqlite.org/walformat.html> §2.1). Two equal checksums of the header mean
//! that nothing was committed between them. SQLite's own answer, `PRAGMA data_version`, needs a transaction and its locks, ten times as much work.

use std::fs::File;
use std::io;
use std::mem::ManuallyDrop;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use super::file;
use crate::store::ChangeMark;

/// Position of the checksum in the header.
const CHECKSUM_AT: u64 = 40;

/// The open `-shm` file of a database.
pub struct WalIndex {
    // Never closed, because closing any descriptor of a file drops all locks that this process holds on it (fcntl(2)), also those of SQLite.
    file: ManuallyDrop<File>,
}

impl WalIndex {
    /// Opens the index of the database at `path`, which must be open in WAL mode.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(file::beside(path, "-shm"))?;
        Ok(Self {
            file: ManuallyDrop::new(file),
        })
    }

    /// Returns the current mark. `None` when the header cannot be read.
    pub fn change_mark(&self) -> Option<ChangeMark> {
        let mut checksum = [0; 8];
        self.file.read_exact_at(&mut checksum, CHECKSUM_AT).ok()?;
        Some(ChangeMark(u64::from_ne_bytes(checksum)))
    }
}
