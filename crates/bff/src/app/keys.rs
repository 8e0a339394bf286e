//! The key ring: made at the start, and kept as the configuration has it while the program runs.
//!
//! A file that holds the keys is looked at every second, and read when it has changed and stays changed from one look to the next; SIGHUP reads at
//! once. What cannot be used is refused, and the keys stay as they are. No key is ever printed. Called by [`App`](super::App).

use std::path::PathBuf;
use std::time::Duration;

use tokio::signal::unix::Signal;
use tokio::time::{Instant, MissedTickBehavior};

use super::BuildError;
use crate::audit;
use crate::config::{self, Config, KeySetting, SealingKeys, Sources, fingerprint};
use crate::domain::{Entropy as _, KeyId, KeyRing, SealingKey, SystemEntropy};

const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// The ring that the configuration asks for; in development its key is made if need be.
pub fn key_ring(config: &Config) -> Result<KeyRing, BuildError> {
    let keys = match &config.session.keys {
        SealingKeys::Generated { path } => {
            let fill = |bytes: &mut [u8]| SystemEntropy.fill(bytes);
            vec![config::keys::load_or_generate(path, fill)?]
        }
        SealingKeys::Given(keys) => keys.clone(),
    };
    let mut keys = sealing_keys(keys).into_iter();
    let newest = keys.next().ok_or(BuildError::Unsupported {
        key: "session.keys",
        what: "is empty; make a key with: aihubmix-bff keygen",
    })?;
    Ok(KeyRing::new(newest, keys.collect()))
}

fn sealing_keys(keys: Vec<config::KeyBytes>) -> Vec<SealingKey> {
    let wrap = |key: config::KeyBytes| SealingKey::new(key.into_bytes());
    keys.into_iter().map(wrap).collect()
}

/// Keeps a ring as the configuration has it.
pub struct KeyKeeper {
    ring: KeyRing,
    sources: Sources,
    warmup: Duration,
    /// The keys as they were read last, newest first.
    wanted: Vec<KeyId>,
    /// Whether they are the one that development makes for itself.
    is_generated: bool,
    /// The file that holds them, as the last good reading said.
    file: Option<PathBuf>,
    /// What the file held when the keys were read, and when it was looked at last.
    read: Option<[u8; 32]>,
    seen: Option<[u8; 32]>,
    warming: Option<Warming>,
}

/// A first key that only opens until every replica knows it.
struct Warming {
    keys: Vec<SealingKey>,
    until: Instant,
}

/// Why keys were not taken. `Display` shows none of them.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("{0}")]
    Setting(#[from] config::Faults),
    #[error("{0}")]
    KeyFile(#[from] config::keys::KeyFileError),
    #[error("session.keys: there is no key any more; put one in")]
    Emptied,
}

impl KeyKeeper {
    /// Keeps `ring`, which was made from these sources a moment ago.
    pub fn new(ring: KeyRing, config: &Config, sources: Sources) -> Self {
        let setting = KeySetting::load(&sources).ok();
        Self {
            wanted: ring.ids(),
            ring,
            sources,
            warmup: config.session.key_warmup,
            is_generated: matches!(config.session.keys, SealingKeys::Generated { .. }),
            file: setting.and_then(|setting| setting.file),
            // The ring may be older than the file is by now, so the first look reads it once more.
            read: None,
            seen: None,
            warming: None,
        }
    }

    /// Keeps it until this is dropped.
    pub async fn run(mut self, mut hang_ups: Signal) {
        let mut looks = tokio::time::interval(LOOK_AGAIN);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let is_asked_for = tokio::select! {
                _ = looks.tick() => false,
                signal = hang_ups.recv() => signal.is_some(),
            };
            // The file may lie on a mount that hangs, and no request is to hang with it.
            let turn = tokio::task::spawn_blocking(move || {
                self.turn(is_asked_for, Instant::now());
                self
            });
            match turn.await {
                Ok(keeper) => self = keeper,
                // It panicked, which was reported there; or the program ends.
                Err(_) => return,
            }
        }
    }

    fn turn(&mut self, is_asked_for: bool, now: Instant) {
        let found = self.file.as_deref().and_then(fingerprint);
        // Somebody may be in the middle of writing it.
        let is_settled = std::mem::replace(&mut self.seen, found) == found;
        if is_asked_for || (is_settled && found != self.read) {
            self.read = found;
            match self.read_again() {
                Ok(keys) => self.take(keys, is_asked_for, now),
                Err(refused) => audit::keys_refused(&refused),
            }
        }
        if let Some(warm) = self.warming.take_if(|warming| warming.until <= now) {
            put(&self.ring, warm.keys);
            audit::key_seals(&self.ring.sealing().id().to_string());
        }
    }

    fn read_again(&mut self) -> Result<Vec<SealingKey>, Refused> {
        let setting = KeySetting::load(&self.sources)?;
        let (keys, is_generated) = match setting.keys {
            SealingKeys::Given(keys) => (keys, false),
            SealingKeys::Generated { path } if self.is_generated => {
                (vec![config::keys::load(&path)?], true)
            }
            SealingKeys::Generated { .. } => return Err(Refused::Emptied),
        };
        (self.is_generated, self.file) = (is_generated, setting.file);
        Ok(sealing_keys(keys))
    }

    /// Puts these keys, newest first, into the ring.
    fn take(&mut self, keys: Vec<SealingKey>, is_asked_for: bool, now: Instant) {
        let wanted: Vec<KeyId> = keys.iter().map(SealingKey::id).collect();
        if wanted == self.wanted {
            if is_asked_for {
                let why = match &self.file {
                    Some(file) => format!("{} holds the same keys", file.display()),
                    None => "they stand in the environment, which cannot change while the program runs; restart it".to_owned(),
                };
                tracing::info!(
                    event = "keys_unchanged",
                    why,
                    "the sealing keys stay as they were"
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
            put(&self.ring, keys);
        }
        audit::keys_reloaded(
            wanted.len(),
            wanted.first().map(KeyId::to_string).as_deref(),
            &self.ring.sealing().id().to_string(),
        );
        self.wanted = wanted;
    }

    /// Until when the first of these keys is only to open; none when it may seal at once: it does already, the ring had it before, or the key that
    /// sealed is gone.
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

/// The first seals, all open. Nothing changes when there is none.
fn put(ring: &KeyRing, keys: Vec<SealingKey>) {
    let mut keys = keys.into_iter();
    if let Some(newest) = keys.next() {
        ring.replace(newest, keys.collect());
    }
}

#[cfg(test)]
mod tests;
