//! The keys that seal sessions: read from the configuration, or generated once in development.
//!
//! A key is never printed, and an existing key file is never overwritten. Called by the
//! session section and, for the generated key, by `app` at the start.

use std::fmt;
use std::fs::DirBuilder;
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::GeneralPurpose;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use tempfile::NamedTempFile;
use zeroize::Zeroizing;

use super::fault::Wrong;
use super::field::Setting;

/// Length of a sealing key, in bytes.
pub const KEY_LENGTH: usize = 32;

/// The bytes of one sealing key; wiped from memory when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyBytes(Zeroizing<[u8; KEY_LENGTH]>);

impl KeyBytes {
    /// Generates a key. `fill` fills the buffer with cryptographically secure random bytes.
    pub fn generate(fill: impl Fn(&mut [u8])) -> Self {
        let mut bytes = Zeroizing::new([0; KEY_LENGTH]);
        fill(bytes.as_mut());
        Self(bytes)
    }

    /// Returns the raw key. Only the key ring uses it.
    #[must_use]
    pub fn into_bytes(self) -> Zeroizing<[u8; KEY_LENGTH]> {
        self.0
    }

    /// Returns the key in base64, as it is written in `session.keys`.
    #[must_use]
    pub fn to_base64(&self) -> Zeroizing<String> {
        Zeroizing::new(STANDARD.encode(self.0.as_slice()))
    }
}

impl fmt::Debug for KeyBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyBytes(***)")
    }
}

/// The source of the sealing keys.
#[derive(Debug, Clone)]
pub enum SealingKeys {
    /// The keys of the configuration, newest first, at least one.
    Given(Vec<KeyBytes>),
    /// Development without configured keys: the caller calls [`load_or_generate`] with this path.
    Generated {
        /// `data/session.key` in the folder the program runs in.
        path: PathBuf,
    },
}

/// Parses one key: base64 (either alphabet, padded or not) of 32 random bytes.
impl Setting for KeyBytes {
    fn parse(text: &str) -> Result<Self, Wrong> {
        const ENGINES: [GeneralPurpose; 4] = [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD];
        let mut engines = ENGINES.iter();
        let bytes = engines
            .find_map(|engine| engine.decode(text).ok())
            .map(Zeroizing::new)
            .ok_or("is not base64; make one with the command keygen")?;
        let mut key = Zeroizing::new([0; KEY_LENGTH]);
        if bytes.len() != KEY_LENGTH {
            let wrong = "is not base64 of exactly 32 bytes; make one with the command keygen";
            return Err(wrong.into());
        }
        key.copy_from_slice(&bytes);
        if is_guessable(&key) {
            let wrong = "is not random: anyone could guess it; make one with the command keygen";
            return Err(wrong.into());
        }
        Ok(Self(key))
    }
}

/// Returns true for one repeated byte, a sequence with a constant step, or printable text, because examples and passphrases have these forms.
/// A random key has one of them with a probability of 1 in 2⁴⁵.
fn is_guessable(key: &[u8; KEY_LENGTH]) -> bool {
    let step = key[1].wrapping_sub(key[0]);
    let counts = key
        .windows(2)
        .all(|pair| pair[1].wrapping_sub(pair[0]) == step);
    let is_text = key.iter().all(|byte| (b' '..=b'~').contains(byte));
    counts || is_text
}

/// Why the generated key cannot be used. `Display` names the file and the remedy.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// Other users of the machine may read the file.
    #[error("session.keys: {} can be read by others; run: chmod 600 {}", .0.display(), .0.display())]
    ReadableByOthers(PathBuf),
    /// The file does not contain exactly one key.
    #[error("session.keys: {} does not hold one key; restore it, or delete it to make a new one (everybody is signed out)", .0.display())]
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
    const LONGEST: u64 = 256;
    let unusable = |error: io::Error| KeyFileError::Unusable {
        path: path.to_owned(),
        kind: error.kind(),
    };
    let file = std::fs::File::open(path).map_err(unusable)?;
    let metadata = file.metadata().map_err(unusable)?;
    if metadata.permissions().mode() & 0o077 != 0 {
        return Err(KeyFileError::ReadableByOthers(path.to_owned()));
    }
    let mut text = Zeroizing::new(Vec::with_capacity(KEY_LENGTH * 8));
    file.take(LONGEST)
        .read_to_end(&mut text)
        .map_err(unusable)?;
    str::from_utf8(&text)
        .ok()
        .and_then(|text| KeyBytes::parse(text.trim()).ok())
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
