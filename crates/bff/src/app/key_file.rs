//! The sealing key that development generates once and keeps in a file.
//!
//! A key is never printed, and an existing key file is never overwritten. Called by [`keys`](super::keys).

use std::fs::DirBuilder;
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use zeroize::Zeroizing;

use crate::config::KeyBytes;

/// Why the generated key cannot be used. `Display` names the file and the remedy.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// Other users of the machine may read the file.
    #[error("session.keys: {} can be read by others; run: chmod 600 {}", .0.display(), .0.display())]
    ReadableByOthers(PathBuf),
    /// The file does not contain exactly one key.
    #[error("session.keys: {} does not hold one key; restore it, or delete it to make a new one (all users are signed out)", .0.display())]
    Malformed(PathBuf),
    /// The file cannot be read or created.
    #[error("session.keys: {} cannot be read or made ({kind}); make its folder writable or set SESSION_KEYS", .path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// The kind of error that the operating system returned.
        kind: io::ErrorKind,
    },
}

/// Reads the key at `path`, or generates it with mode 0600 for the file and 0700 for the folder.
///
/// `fill` fills the buffer with cryptographically secure random bytes. When two processes start at once, both use the same key, because a
/// complete file is renamed to `path` and an existing file is not replaced.
///
/// # Errors
///
/// The file can be read by other users, contains no key, or can be neither read nor created.
pub fn load_or_generate(path: &Path, fill: impl Fn(&mut [u8])) -> Result<KeyBytes, KeyFileError> {
    let unusable = |error: io::Error| KeyFileError::Unusable {
        path: path.to_owned(),
        kind: error.kind(),
    };
    match load(path) {
        Err(KeyFileError::Unusable {
            kind: io::ErrorKind::NotFound,
            ..
        }) => {}
        found => return found,
    }
    make(path, &KeyBytes::generate(fill)).map_err(unusable)?;
    load(path)
}

/// Reads the key at `path` and never generates one.
///
/// # Errors
///
/// The file does not exist, can be read by other users, or contains no key.
pub fn load(path: &Path) -> Result<KeyBytes, KeyFileError> {
    // In bytes. A key takes 44 characters, so a longer file contains something else.
    const LONGEST: usize = 256;
    let unusable = |error: io::Error| KeyFileError::Unusable {
        path: path.to_owned(),
        kind: error.kind(),
    };
    let file = std::fs::File::open(path).map_err(unusable)?;
    let metadata = file.metadata().map_err(unusable)?;
    if metadata.permissions().mode() & 0o077 != 0 {
        return Err(KeyFileError::ReadableByOthers(path.to_owned()));
    }
    let mut text = Zeroizing::new(Vec::with_capacity(LONGEST));
    file.take(LONGEST as u64)
        .read_to_end(&mut text)
        .map_err(unusable)?;
    str::from_utf8(&text)
        .ok()
        .and_then(|text| text.trim().parse().ok())
        .ok_or_else(|| KeyFileError::Malformed(path.to_owned()))
}

/// Writes a temporary file and renames it to `path`. When another process has created `path` meanwhile, that file stays.
fn make(path: &Path, key: &KeyBytes) -> io::Result<()> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    let mut draft = NamedTempFile::new_in(folder)?;
    draft.write_all(key.to_base64().as_bytes())?;
    draft.write_all(b"\n")?;
    draft.as_file().sync_all()?;
    match draft.persist_noclobber(path) {
        Err(error) if error.error.kind() != io::ErrorKind::AlreadyExists => Err(error.error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
