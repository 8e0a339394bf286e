//! Reads single settings again, for the running program: the sealing keys and the client secret. It uses the same sources and rules as the start, and
//! ignores errors in other keys.
//!
//! It also returns the file that holds the setting, so that `app` can watch it for changes. Called by `app`.

use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use secrecy::SecretString;
use zeroize::Zeroizing;

use super::fault::{Faults, Origin};
use super::keys::SealingKeys;
use super::load::profile;
use super::oauth::{self, Oauth};
use super::reader::Reader;
use super::session::{self, Session};
use super::small_file;
use super::sources::Sources;

/// A setting that the sources currently contain.
#[derive(Debug, Clone)]
pub struct Reread<T> {
    /// The value.
    pub value: T,
    /// The file that holds the value. `None` when it is in the environment, because the environment of a running process cannot be changed.
    pub file: Option<PathBuf>,
}

/// Reads `session.keys`.
///
/// # Errors
/// The errors of this key, and of the sources that may contain it. Errors of other keys are left out because the caller does not read them.
pub fn sealing_keys(sources: &Sources) -> Result<Reread<SealingKeys>, Faults> {
    let mut keys = read(sources, session::KEYS, |reader| {
        Session::read(reader).map(|session| session.keys)
    })?;
    if let SealingKeys::Generated { path } = &keys.value {
        keys.file = Some(path.clone());
    }
    Ok(keys)
}

/// Reads `oauth.client_secret`. The value is `None` when it is not set.
///
/// # Errors
/// As [`sealing_keys`].
pub fn client_secret(sources: &Sources) -> Result<Reread<Option<SecretString>>, Faults> {
    read(sources, oauth::CLIENT_SECRET, |reader| {
        let oauth: Oauth = reader.section("oauth")?;
        Some(oauth.client_secret)
    })
}

fn read<T>(
    sources: &Sources,
    key: &str,
    value: impl FnOnce(&mut Reader) -> Option<T>,
) -> Result<Reread<T>, Faults> {
    let profile = profile(sources).map_err(|fault| Faults(vec![fault]))?;
    let mut reader = Reader::collect(sources, &profile);
    let origin = reader.origins().remove(key);
    let value = value(&mut reader);
    let mut faults = reader.faults;
    faults.retain(|fault| fault.key() == key || !reader.keys.has(fault.key()));
    let value = value.filter(|_| faults.is_empty()).ok_or(Faults(faults))?;
    let file = match origin {
        Some(Origin::File(path) | Origin::NamedFile { path, .. }) => Some(path),
        Some(Origin::DotEnv(_)) => Some(sources.directory.join(".env")),
        _ => None,
    };
    Ok(Reread { value, file })
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
