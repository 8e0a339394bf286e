//! Follows sessions for open event streams: what a stream tells its browser, and when.
//!
//! A change is only a sign to look at the store, because messages between replicas may be lost. Without a sign a watch looks once a minute. Looking
//! at a session is not a use of it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Instant, sleep_until};

use super::sessions::{Opened, Sessions};
use super::signals::{OpenSignal, Signals};
use crate::domain::{EndCause, Entropy, Session, ThreadEntropy};
use crate::store::{Change, SealedStore};

/// Longest time between two looks at a session: 60 seconds, within which a page learns of a change whose message was lost.
const LOOK: Duration = Duration::from_secs(60);
/// Time until the next look after the store failed: 10 seconds.
const LOOK_AGAIN: Duration = Duration::from_secs(10);
/// Looks per second at which a process checks all its streams after messages may have been lost: 1,000.
const LOOKS_A_SECOND: u32 = 1_000;

/// Something that the browser of a session must be told.
#[derive(Debug)]
pub enum News {
    /// The session has other data, such as a later end.
    Session(Arc<Session>),
    /// The session has ended. This is the last news.
    Ended(EndCause),
    /// The provider has other account data of the user.
    Account,
}

/// Follows the sessions of this process's event streams.
pub struct Watchers {
    pub(super) store: SealedStore,
    pub(super) sessions: Arc<Sessions>,
    pub(super) signals: Signals,
}

impl Watchers {
    /// Begins to follow a session; `None` when the session or the process has as many streams as it may have.
    #[must_use]
    pub fn watch(&self, session: &Arc<Session>) -> Option<Watch> {
        let open = self.signals.open(session)?;
        let mut watch = Watch {
            open,
            sessions: Arc::clone(&self.sessions),
            session: Arc::clone(session),
            look_at: Instant::now(),
        };
        watch.look_at = watch.next_look();
        Some(watch)
    }

    /// Returns the number of open streams of this process.
    #[must_use]
    pub fn open_streams(&self) -> usize {
        self.signals.count()
    }

    /// Passes the changes of all replicas on to the streams. It ends with the store.
    pub async fn listen(&self) {
        let mut changes = self.store.changes();
        loop {
            match changes.recv().await {
                Ok(change) => self.signals.give(&change),
                Err(RecvError::Lagged(_)) => self.signals.give(&Change::Missed),
                Err(RecvError::Closed) => return,
            }
        }
    }
}

/// Follows one session for one stream. Dropping it makes room for another stream.
pub struct Watch {
    open: OpenSignal,
    sessions: Arc<Sessions>,
    session: Arc<Session>,
    look_at: Instant,
}

impl Watch {
    /// Returns the session as it was last told.
    #[must_use]
    pub fn session(&self) -> &Arc<Session> {
        &self.session
    }

    /// Waits for the next news. A caller may drop the future and call again; nothing is lost then.
    pub async fn next(&mut self) -> News {
        loop {
            let signal = Arc::clone(&self.open.signal);
            if signal.take_account() {
                return News::Account;
            }
            if signal.take_session() {
                self.look_at = Instant::now();
            }
            if signal.take_any() {
                self.look_at = self.look_at.min(self.spread_look());
            }
            if Instant::now() >= self.look_at
                && let Some(news) = self.look().await
            {
                return news;
            }
            tokio::select! {
                () = signal.changed() => {}
                () = sleep_until(self.look_at) => {}
            }
        }
    }

    /// Looks at the session. A failure of the store is no news.
    async fn look(&mut self) -> Option<News> {
        let opened = self.sessions.open(&self.session.key).await;
        self.look_at = Instant::now() + LOOK_AGAIN.mul_f64(random_part());
        match opened.ok()? {
            Opened::Live(session) => {
                let is_same = session.expires_at(&self.sessions.lifetimes)
                    == self.session.expires_at(&self.sessions.lifetimes)
                    && session.user == self.session.user;
                self.session = session;
                self.look_at = self.next_look();
                (!is_same).then(|| News::Session(Arc::clone(&self.session)))
            }
            Opened::Ended(cause) => Some(News::Ended(cause)),
            // The record of a session that its own browser ended is removed.
            Opened::Unknown => Some(News::Ended(EndCause::LoggedOut)),
        }
    }

    /// Returns the time of the next look without a sign: within a minute, or when the session reaches a limit.
    fn next_look(&self) -> Instant {
        let left = self.sessions.expires_at(&self.session);
        let left = left.since(self.sessions.now()) + Duration::from_millis(1);
        Instant::now() + left.min(LOOK.mul_f64(random_part()))
    }

    /// Returns a time such that all streams of this process together look [`LOOKS_A_SECOND`] times a second.
    fn spread_look(&self) -> Instant {
        let streams = u32::try_from(self.open.count()).unwrap_or(u32::MAX);
        let all = Duration::from_secs(1) * (streams / LOOKS_A_SECOND);
        Instant::now() + all.mul_f64(random_part())
    }
}

/// Returns a random number between a half and one, so that streams that began together do not look together.
fn random_part() -> f64 {
    let mut byte = [0];
    ThreadEntropy.fill(&mut byte);
    0.5 + f64::from(byte[0]) / 512.0
}
