//! The key ring: created at the start, and updated while the program runs when the configured keys change.
//!
//! The file that contains the keys is checked every second. It is read when it has changed and is the same in two consecutive checks. On SIGHUP it
//! is read at once. Invalid keys are refused, and the ring stays unchanged. No key is ever printed. Called by [`App`](super::App).

use std::path::PathBuf;
use std::time::Duration;

use tokio::signal::unix::Signal;
use tokio::time::Instant;

use super::error::BuildError;
use super::key_file::{self, KeyFileError};
use super::watched_file::{self, WatchedFile};
use crate::audit;
use crate::config::{self, Config, SealingKeys, Sources};
use crate::domain::{Entropy as _, KeyId, KeyRing, SealingKey, SystemEntropy};

/// Creates the ring from the configuration. In development it generates the key when there is none.
pub fn key_ring(config: &Config) -> Result<KeyRing, BuildError> {
    let keys = match &config.session.keys {
        SealingKeys::Generated { path } => {
            let fill = |bytes: &mut [u8]| SystemEntropy.fill(bytes);
            vec![key_file::load_or_generate(path, fill)?]
        }
        SealingKeys::Given(keys) => keys.clone(),
    };
    let mut keys = sealing_keys(keys).into_iter();
    let newest = keys.next().ok_or(BuildError::Unsupported {
        key: "session.keys",
        what: "is empty; make a key with the command keygen",
    })?;
    Ok(KeyRing::new(newest, keys.collect()))
}

/// Returns the ring of the configuration, and never generates a key: `None` in development before the first start.
///
/// # Errors
/// [`BuildError`] when the keys cannot be read.
pub fn existing_keys(config: &Config) -> Result<Option<KeyRing>, BuildError> {
    match &config.session.keys {
        SealingKeys::Generated { path } if !path.exists() => Ok(None),
        _ => key_ring(config).map(Some),
    }
}

fn sealing_keys(keys: Vec<config::KeyBytes>) -> Vec<SealingKey> {
    let wrap = |key: config::KeyBytes| SealingKey::new(key.into_bytes());
    keys.into_iter().map(wrap).collect()
}

/// Updates a key ring when the configured keys change.
pub struct KeyKeeper {
    ring: KeyRing,
    sources: Sources,
    warmup: Duration,
    /// The ids of the keys read last, newest first.
    wanted: Vec<KeyId>,
    /// Whether the keys are the one generated in development.
    is_generated: bool,
    /// The file that contains the keys, from the last successful read.
    file: Option<PathBuf>,
    watched: WatchedFile,
    warming: Option<Warming>,
}

/// New keys whose first key only decrypts until `until`, so that every replica has read it before it encrypts.
struct Warming {
    keys: Vec<SealingKey>,
    until: Instant,
}

/// Why new keys were refused. `Display` shows no key.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("{0}")]
    Setting(#[from] config::Faults),
    #[error("{0}")]
    KeyFile(#[from] KeyFileError),
    #[error("session.keys: missing key; add one")]
    Emptied,
}

impl KeyKeeper {
    /// Creates a keeper of `ring`, which the caller has just created from the same sources.
    pub fn new(ring: KeyRing, config: &Config, sources: Sources) -> Self {
        let setting = config::sealing_keys(&sources).ok();
        Self {
            wanted: ring.ids(),
            ring,
            sources,
            warmup: config.session.key_warmup,
            is_generated: matches!(config.session.keys, SealingKeys::Generated { .. }),
            file: setting.and_then(|setting| setting.file),
            watched: WatchedFile::default(),
            warming: None,
        }
    }

    /// Updates the ring until the future is dropped.
    pub async fn run(self, hang_ups: Signal) {
        watched_file::follow(self, hang_ups, |keeper, is_asked_for| {
            keeper.check(is_asked_for, Instant::now());
        })
        .await;
    }

    fn check(&mut self, is_asked_for: bool, now: Instant) {
        if self.watched.is_due(self.file.as_deref(), is_asked_for) {
            match self.read_again() {
                Ok(keys) => self.accept(keys, is_asked_for, now),
                Err(refused) => audit::keys_refused(&refused),
            }
        }
        if let Some(warm) = self.warming.take_if(|warming| warming.until <= now) {
            install(&self.ring, warm.keys);
            audit::key_seals(&self.ring.sealing().id().to_string());
        }
    }

    fn read_again(&mut self) -> Result<Vec<SealingKey>, Refused> {
        let setting = config::sealing_keys(&self.sources)?;
        let (keys, is_generated) = match setting.value {
            SealingKeys::Given(keys) => (keys, false),
            SealingKeys::Generated { path } if self.is_generated => {
                (vec![key_file::load(&path)?], true)
            }
            SealingKeys::Generated { .. } => return Err(Refused::Emptied),
        };
        (self.is_generated, self.file) = (is_generated, setting.file);
        Ok(sealing_keys(keys))
    }

    /// Puts these keys, newest first, into the ring. A new first key may have to wait for the warm-up.
    fn accept(&mut self, keys: Vec<SealingKey>, is_asked_for: bool, now: Instant) {
        let wanted: Vec<KeyId> = keys.iter().map(SealingKey::id).collect();
        if wanted == self.wanted {
            if is_asked_for {
                let why = match &self.file {
                    Some(file) => format!("{} holds the same keys", file.display()),
                    None => "the keys are in an environment variable, which cannot change while the program runs; restart the program".to_owned(),
                };
                tracing::info!(
                    event = "keys_unchanged",
                    why,
                    "the sealing keys did not change"
                );
            }
            return;
        }
        let sealing = self.ring.sealing();
        if !wanted.contains(&sealing.id()) {
            audit::sealing_key_removed(&sealing.id().to_string());
        }
        self.warming = self
            .warms_until(&wanted, sealing.id(), now)
            .map(|until| Warming {
                keys: keys.clone(),
                until,
            });
        if self.warming.is_some() {
            let others = keys.into_iter().filter(|key| key.id() != sealing.id());
            self.ring.replace(sealing.clone(), others.collect());
        } else {
            install(&self.ring, keys);
        }
        audit::keys_reloaded(
            wanted.len(),
            wanted.first().map(KeyId::to_string).as_deref(),
            &self.ring.sealing().id().to_string(),
        );
        self.wanted = wanted;
    }

    /// Returns the time until which the first key only decrypts. Returns `None` when it may encrypt at once, because it already does, because the
    /// ring had it before, or because the key that encrypted is removed.
    fn warms_until(&self, wanted: &[KeyId], sealing: KeyId, now: Instant) -> Option<Instant> {
        let newest = *wanted.first()?;
        if newest == sealing || !wanted.contains(&sealing) {
            return None;
        }
        match &self.warming {
            Some(warm) if warm.keys.first().map(SealingKey::id) == Some(newest) => Some(warm.until),
            _ if self.ring.ids().contains(&newest) => None,
            _ => Some(now + self.warmup),
        }
    }
}

/// Puts the keys into the ring: the first encrypts, all decrypt. An empty list changes nothing.
fn install(ring: &KeyRing, keys: Vec<SealingKey>) {
    let mut keys = keys.into_iter();
    if let Some(newest) = keys.next() {
        ring.replace(newest, keys.collect());
    }
}

#[cfg(test)]
mod tests;
