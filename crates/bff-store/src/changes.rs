//! How the replicas hear of each other's changes: [`Change`], its form as a message, and the channel inside a process.
//!
//! A message is a hint, and may be lost: a reader always asks the store what is true. It contains the hash of a session id or the provider's id of
//! a user, never a secret. Called by the stores.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tokio::sync::broadcast::{Receiver, Sender};

use bff_core::{SessionKey, UserId};

/// Number of changes that wait for a slow receiver. A receiver that falls further behind gets `Lagged`, which means the same as
/// [`Change::Missed`].
const WAITING: usize = 1_024;

/// What changed in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The session with this key ended, was removed, or has new data.
    Session(SessionKey),
    /// The provider has new account data of this user, such as another balance.
    Account(UserId),
    /// Any session may have changed, because messages may have been lost or another process does not announce its changes. Never sent as a message.
    Missed,
}

impl Change {
    /// Returns the message for the other replicas, at most 200 ASCII characters; `None` for [`Missed`](Self::Missed).
    #[must_use]
    pub fn to_message(&self) -> Option<String> {
        match self {
            Self::Session(key) => Some(format!(
                "session:{}",
                URL_SAFE_NO_PAD.encode(key.as_bytes())
            )),
            Self::Account(user) => {
                Some(format!("account:{}", URL_SAFE_NO_PAD.encode(user.as_str())))
            }
            Self::Missed => None,
        }
    }

    /// Reads a message. An unknown one, such as that of a newer release, counts as [`Missed`](Self::Missed).
    #[must_use]
    pub fn from_message(message: &[u8]) -> Self {
        Self::read(message).unwrap_or(Self::Missed)
    }

    fn read(message: &[u8]) -> Option<Self> {
        let (kind, value) = std::str::from_utf8(message).ok()?.split_once(':')?;
        let value = URL_SAFE_NO_PAD.decode(value).ok()?;
        match kind {
            "session" => Some(Self::Session(SessionKey::from_bytes(
                value.try_into().ok()?,
            ))),
            "account" => Some(Self::Account(UserId::new(String::from_utf8(value).ok()?))),
            _ => None,
        }
    }
}

/// The channel of changes inside this process. Clones share it.
#[derive(Clone)]
pub struct Changes {
    sender: Sender<Change>,
    has_source: Arc<AtomicBool>,
}

impl Default for Changes {
    fn default() -> Self {
        Self {
            sender: Sender::new(WAITING),
            has_source: Arc::default(),
        }
    }
}

impl Changes {
    /// Tells every receiver of this process. It never waits, and does nothing without a receiver.
    pub fn tell(&self, change: Change) {
        // The send fails when nothing listens, and then nothing needs to know.
        drop(self.sender.send(change));
    }

    /// Returns a new receiver.
    pub fn receive(&self) -> Receiver<Change> {
        self.sender.subscribe()
    }

    /// Returns a new receiver, and runs `source` on the current runtime while there are receivers, if it does not run yet.
    ///
    /// # Panics
    /// Outside of a runtime.
    pub fn receive_from(
        &self,
        source: impl Future<Output = ()> + Send + 'static,
    ) -> Receiver<Change> {
        let receiver = self.sender.subscribe();
        if !self.has_source.swap(true, Ordering::SeqCst) {
            let changes = self.clone();
            tokio::spawn(async move {
                tokio::select! {
                    () = source => {}
                    () = changes.sender.closed() => {}
                }
                changes.has_source.store(false, Ordering::SeqCst);
            });
        }
        receiver
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_leads_back_to_its_change_and_any_other_text_to_a_look() {
        let session = Change::Session(SessionKey::from_bytes([7; 32]));
        let account = Change::Account(UserId::new("7:{é}"));
        for change in [session, account] {
            let message = change.to_message().unwrap();
            assert!(message.is_ascii() && message.len() <= 200, "{message}");
            assert_eq!(Change::from_message(message.as_bytes()), change);
        }
        let longest = Change::Account(UserId::new("7".repeat(128)));
        assert!(longest.to_message().is_some_and(|text| text.len() <= 200));
        assert_eq!(Change::Missed.to_message(), None);
        for other in [
            "",
            "session:",
            "session:AAAA",
            "account:_",
            "later:AAAA",
            "\u{e9}",
        ] {
            assert_eq!(
                Change::from_message(other.as_bytes()),
                Change::Missed,
                "{other}"
            );
        }
        assert_eq!(Change::from_message(&[0xff]), Change::Missed);
    }

    #[tokio::test]
    async fn a_source_runs_once_while_anything_listens_and_again_for_the_next_listener() {
        let changes = Changes::default();
        let started = Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let source = || {
            let (changes, started) = (changes.clone(), Arc::clone(&started));
            async move {
                started.fetch_add(1, Ordering::SeqCst);
                changes.tell(Change::Missed);
                std::future::pending::<()>().await;
            }
        };
        let mut first = changes.receive_from(source());
        let second = changes.receive_from(source());
        assert_eq!(first.recv().await, Ok(Change::Missed));
        assert_eq!(started.load(Ordering::SeqCst), 1);
        drop((first, second));
        while changes.has_source.load(Ordering::SeqCst) {
            tokio::task::yield_now().await;
        }
        let mut third = changes.receive_from(source());
        assert_eq!(third.recv().await, Ok(Change::Missed));
        assert_eq!(started.load(Ordering::SeqCst), 2);
    }
}
