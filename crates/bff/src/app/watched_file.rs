//! Follows a small file of the settings while the program runs: [`follow`] checks it every second and on SIGHUP, [`WatchedFile`] knows whether it has
//! changed.

use std::path::Path;
use std::time::Duration;

use tokio::signal::unix::Signal;
use tokio::time::MissedTickBehavior;

use crate::config::fingerprint;

const CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// Calls `check` every second, and with `true` on SIGHUP, until the future is dropped.
pub async fn follow<K: Send + 'static>(
    mut keeper: K,
    mut hang_ups: Signal,
    check: fn(&mut K, bool),
) {
    let mut checks = tokio::time::interval(CHECK_INTERVAL);
    checks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let is_asked_for = tokio::select! {
            _ = checks.tick() => false,
            signal = hang_ups.recv() => signal.is_some(),
        };
        // In a blocking thread, because the file may be on a hung mount and requests must not wait for it.
        let checked = tokio::task::spawn_blocking(move || {
            check(&mut keeper, is_asked_for);
            keeper
        });
        match checked.await {
            Ok(same) => keeper = same,
            // The task panicked, which the panic hook has reported, or the runtime is shutting down.
            Err(_) => return,
        }
    }
}

/// Fingerprints of a file. A change counts only when two checks see the same content, because another process may still be writing the file.
#[derive(Default)]
pub struct WatchedFile {
    /// The fingerprint when the file was read. `None` at first, so that the first check reads it: it may have changed since the start.
    read: Option<[u8; 32]>,
    /// The fingerprint at the last check.
    seen: Option<[u8; 32]>,
}

impl WatchedFile {
    /// Returns true when the caller should read the file again: its content is settled and new, or the operator asks for it.
    pub fn is_due(&mut self, file: Option<&Path>, is_asked_for: bool) -> bool {
        let found = file.and_then(fingerprint);
        let is_settled = std::mem::replace(&mut self.seen, found) == found;
        let is_due = is_asked_for || (is_settled && found != self.read);
        if is_due {
            self.read = found;
        }
        is_due
    }
}
