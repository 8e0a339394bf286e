//! Reader of `session.keys` alone, for the running program. It uses the same sources and rules as the start, and ignores errors in other keys.
//!
//! It also returns the file that holds the keys, so that `app` can watch it for changes. Called by `app`.

use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use zeroize::Zeroizing;

use super::fault::{Faults, Origin};
use super::keys::SealingKeys;
use super::load::profile;
use super::reader::Reader;
use super::session::{self, Session};
use super::small_file;
use super::sources::Sources;

/// The sealing keys that the sources currently contain.
#[derive(Debug, Clone)]
pub struct KeySetting {
    /// The sealing keys.
    pub keys: SealingKeys,
    /// The file that holds the keys. `None` when they are in the environment, because the environment of a running process cannot be changed.
    pub file: Option<PathBuf>,
}

impl KeySetting {
    /// Reads `session.keys`.
    ///
    /// # Errors
    /// The errors of this key, and of the sources that may contain it. Errors of other keys are left out because the caller does not read them.
    pub fn load(sources: &Sources) -> Result<Self, Faults> {
        let profile = profile(sources).map_err(|fault| Faults(vec![fault]))?;
        let mut reader = Reader::collect(sources, &profile);
        let origin = reader.origins().remove(session::KEYS);
        let session = Session::read(&mut reader);
        let mut faults = reader.faults;
        faults.retain(|fault| fault.key() == session::KEYS || !reader.keys.has(fault.key()));
        let keys = session
            .map(|session| session.keys)
            .filter(|_| faults.is_empty());
        let keys = keys.ok_or(Faults(faults))?;
        let file = match (&keys, origin) {
            (SealingKeys::Generated { path }, _) => Some(path.clone()),
            (_, Some(Origin::File(path) | Origin::NamedFile { path, .. })) => Some(path),
            (_, Some(Origin::DotEnv(_))) => Some(sources.directory.join(".env")),
            _ => None,
        };
        Ok(Self { keys, file })
    }
}

/// Returns the SHA-256 of a small file, so that the caller can detect a change without keeping the secret. `None` when it cannot be read.
/// Each call resolves the path again, symbolic links included.
#[must_use]
pub fn fingerprint(path: &Path) -> Option<[u8; 32]> {
    let text = Zeroizing::new(small_file::read(path).ok()?);
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
    Some(bytes)
}
