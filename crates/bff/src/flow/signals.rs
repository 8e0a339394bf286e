//! Tells each open event stream that something changed, and limits the number of the streams.
//!
//! A signal only says that there is something to look at, so that changes do not accumulate for a client that reads slowly.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::domain::{Session, SessionKey, UserId};
use crate::store::Change;

/// Maximum number of event streams of one session. The tabs of a browser share one; the rest is for browsers that cannot share.
const MOST_OF_SESSION: usize = 8;

/// What one stream has to look at.
#[derive(Default)]
pub(super) struct Signal {
    wake: Notify,
    session: AtomicBool,
    account: AtomicBool,
    any: AtomicBool,
}

impl Signal {
    /// Waits until there is something to look at.
    pub(super) async fn changed(&self) {
        self.wake.notified().await;
    }

    /// Takes the sign that the session may have changed.
    pub(super) fn take_session(&self) -> bool {
        self.session.swap(false, Ordering::SeqCst)
    }

    /// Takes the sign that the account of the user has changed.
    pub(super) fn take_account(&self) -> bool {
        self.account.swap(false, Ordering::SeqCst)
    }

    /// Takes the sign that any session may have changed.
    pub(super) fn take_any(&self) -> bool {
        self.any.swap(false, Ordering::SeqCst)
    }

    fn set(&self, sign: impl Fn(&Self) -> &AtomicBool) {
        sign(self).store(true, Ordering::SeqCst);
        self.wake.notify_one();
    }
}

/// The signals of all open streams of this process. Clones share them.
#[derive(Clone)]
pub(super) struct Signals {
    most: usize,
    open: Arc<Mutex<Open>>,
}

#[derive(Default)]
struct Open {
    all: usize,
    of_sessions: HashMap<SessionKey, Vec<Arc<Signal>>>,
    of_users: HashMap<UserId, Vec<Arc<Signal>>>,
}

impl Signals {
    /// Makes signals for at most `most` streams.
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            open: Arc::default(),
        }
    }

    /// Opens a stream for this session; `None` over a limit.
    pub(super) fn open(&self, session: &Session) -> Option<OpenSignal> {
        let signal = Arc::new(Signal::default());
        let mut open = self.lock();
        let of_session = open.of_sessions.get(&session.key).map_or(0, Vec::len);
        if open.all >= self.most || of_session >= MOST_OF_SESSION {
            return None;
        }
        open.all += 1;
        add(&mut open.of_sessions, session.key, &signal);
        if let Some(user) = &session.user.id {
            add(&mut open.of_users, user.clone(), &signal);
        }
        Some(OpenSignal {
            signals: self.clone(),
            signal,
            session: session.key,
            user: session.user.id.clone(),
        })
    }

    /// Returns the number of open streams.
    pub(super) fn count(&self) -> usize {
        self.lock().all
    }

    /// Gives the signal of this change.
    pub(super) fn give(&self, change: &Change) {
        let open = self.lock();
        let none = Vec::new();
        match change {
            Change::Session(key) => {
                let signals = open.of_sessions.get(key).unwrap_or(&none);
                signals.iter().for_each(|one| one.set(|one| &one.session));
            }
            Change::Account(user) => {
                let signals = open.of_users.get(user).unwrap_or(&none);
                signals.iter().for_each(|one| one.set(|one| &one.account));
            }
            Change::Missed => {
                let signals = open.of_sessions.values().flatten();
                signals.for_each(|one| one.set(|one| &one.any));
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        // A poisoned lock is safe to use, because no code under the lock panics half-way.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The signal of one open stream. Dropping it closes the stream.
pub(super) struct OpenSignal {
    signals: Signals,
    pub(super) signal: Arc<Signal>,
    session: SessionKey,
    user: Option<UserId>,
}

impl OpenSignal {
    /// Returns the number of open streams.
    pub(super) fn count(&self) -> usize {
        self.signals.count()
    }
}

impl Drop for OpenSignal {
    fn drop(&mut self) {
        let mut open = self.signals.lock();
        open.all = open.all.saturating_sub(1);
        remove(&mut open.of_sessions, &self.session, &self.signal);
        if let Some(user) = &self.user {
            remove(&mut open.of_users, user, &self.signal);
        }
    }
}

fn add<K: Eq + Hash>(map: &mut HashMap<K, Vec<Arc<Signal>>>, key: K, signal: &Arc<Signal>) {
    map.entry(key).or_default().push(Arc::clone(signal));
}

fn remove<K: Eq + Hash>(map: &mut HashMap<K, Vec<Arc<Signal>>>, key: &K, signal: &Arc<Signal>) {
    if let Some(signals) = map.get_mut(key) {
        signals.retain(|other| !Arc::ptr_eq(other, signal));
        if signals.is_empty() {
            map.remove(key);
        }
    }
}
