//! `session.keys` alone, read again while the program runs: from the same sources, by the same rules, whatever else has become of them.
//!
//! It says which file holds the keys, so that somebody can look whether it changed. Called by `app`.

use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use zeroize::Zeroizing;

use super::fault::{Fault, Faults};
use super::keys::SealingKeys;
use super::layers::Layers;
use super::origin::Origin;
use super::reader::Reader;
use super::session;
use super::small_file;
use super::sources::Sources;

/// The sealing keys as the sources give them now.
#[derive(Debug, Clone)]
pub struct KeySetting {
    /// The keys.
    pub keys: SealingKeys,
    /// The file that holds them; none when they stand in the environment, which nobody can change for a running process.
    pub file: Option<PathBuf>,
}

impl KeySetting {
    /// Reads the one setting.
    ///
    /// # Errors
    /// What is wrong with it, and with whatever it might stand in. What is wrong with other keys is not told: nobody asked for them.
    pub fn load(sources: &Sources) -> Result<Self, Faults> {
        let profile = super::profile(sources).map_err(|fault| Faults(vec![fault]))?;
        let layers = Layers::collect(sources, &profile);
        let others: Vec<String> = layers
            .faults
            .iter()
            .map(|fault| fault.key().to_owned())
            .filter(|key| key != session::KEYS && layers.known.has(key))
            .collect();
        let mut reader = Reader::new(layers, profile, sources.directory.clone());
        let origin = reader.origins().remove(session::KEYS);
        let keys = session::read_keys(&mut reader);
        let is_ours = |fault: &Fault| !others.iter().any(|key| key == fault.key());
        let faults: Vec<Fault> = reader.faults.into_iter().filter(is_ours).collect();
        match keys {
            Ok(keys) if faults.is_empty() => Ok(Self {
                file: file(&keys, origin, sources),
                keys,
            }),
            _ => Err(Faults(faults)),
        }
    }
}

fn file(keys: &SealingKeys, origin: Option<Origin>, sources: &Sources) -> Option<PathBuf> {
    match (keys, origin?) {
        (SealingKeys::Generated { path }, _) => Some(path.clone()),
        (_, Origin::File(path) | Origin::NamedFile { path, .. }) => Some(path),
        (_, Origin::DotEnv(_)) => Some(sources.directory.join(".env")),
        (_, Origin::Default | Origin::BuiltInProduction | Origin::Variable(_)) => None,
    }
}

/// A hash of what a small file holds now, so that a change is seen and no secret is kept; none when it cannot be read.
/// The name is followed anew each time, through every link.
#[must_use]
pub fn fingerprint(path: &Path) -> Option<[u8; 32]> {
    let text = Zeroizing::new(small_file::read(path).ok()?);
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
    Some(bytes)
}
