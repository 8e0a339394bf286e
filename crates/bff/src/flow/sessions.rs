//! Opens, lists and sweeps sessions, and notes their use.

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;
use tokio::sync::Semaphore;

use crate::audit;
use crate::domain::{
    Clock, EndCause, Lifetimes, Session, SessionHandle, SessionId, SessionKey, Timestamp, UserId,
};
use crate::store::{Loaded, SealedStore, StoreError, TokenSwap};

use super::error::FlowError;
use super::revoke::Revoker;
use super::single_flight::Tasks;

/// Maximum number of sessions that one user is shown. Each costs a read and two decryptions.
pub const LISTED: usize = 100;
/// Number of sessions that the command line reads per store call.
const READ_STEP: usize = 500;
/// Capacity, in entries, of the cache `noted`.
pub(super) const NOTED: u64 = 10_000;
/// How long a session counts as just noted, so that concurrent requests cause one write to the store.
pub(super) const NOTED_FOR: Duration = Duration::from_secs(1);
/// Maximum number of lists that are read at the same time. A list takes as long as a hundred other calls, which run between two lists.
pub(super) const LISTS: usize = 2;

/// The session for the cookie that a browser sent.
#[derive(Clone, Debug)]
pub enum Opened {
    /// A live session. Callers share it.
    Live(Arc<Session>),
    /// A session that has ended, and the cause.
    Ended(EndCause),
    /// No session.
    Unknown,
}

/// Opens, lists and sweeps sessions, and notes their use.
pub struct Sessions {
    pub(super) store: SealedStore,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) lifetimes: Lifetimes,
    pub(super) tasks: Tasks,
    pub(super) revoker: Revoker,
    /// Sessions whose use was noted within [`NOTED_FOR`].
    pub(super) noted: Cache<SessionKey, ()>,
    /// Limits how many lists of sessions are read at the same time.
    pub(super) listing: Semaphore,
}

impl Sessions {
    /// Opens the session with this key. This does not count as a use of the session.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails. The session may still be valid.
    pub async fn open(&self, key: &SessionKey) -> Result<Opened, StoreError> {
        let session = match self.store.load(key).await? {
            Loaded::Live(session) => session,
            Loaded::Ended(cause) => return Ok(Opened::Ended(cause)),
            Loaded::Unknown => return Ok(Opened::Unknown),
        };
        let Some(cause) = session.end_cause(self.clock.now(), &self.lifetimes) else {
            return Ok(Opened::Live(session));
        };
        match self.store.end(&session.key, session.version, cause).await? {
            TokenSwap::Done(_) => {
                audit::session_ended(&session, cause.code());
                self.revoker
                    .revoke_later(session.tokens.refresh_token.clone());
            }
            // Another request ended or renewed the session at the same time. It was past its limit, so the result is the same.
            TokenSwap::Conflict(_) | TokenSwap::NotFound => {}
        }
        Ok(Opened::Ended(cause))
    }

    /// Returns the current session, for work that has taken time since the session was opened.
    ///
    /// # Errors
    /// [`FlowError::SessionEnded`] or [`FlowError::NotAuthenticated`] when it has ended; [`FlowError::Store`] when the store fails.
    pub async fn read(&self, key: &SessionKey) -> Result<Session, FlowError> {
        let session = read(&self.store, key).await?;
        match session.end_cause(self.clock.now(), &self.lifetimes) {
            Some(cause) => Err(FlowError::SessionEnded(cause)),
            None => Ok(session),
        }
    }

    /// Notes that the session was used, at most once a minute. Runs in the background, so that the request does not wait.
    pub fn note_use(&self, session: &Session) {
        let now = self.clock.now();
        if !session.touch_is_due(now, &self.lifetimes) {
            return;
        }
        // Concurrent requests note it once.
        if !self.noted.entry(session.key).or_insert(()).is_fresh() {
            return;
        }
        let (store, key) = (self.store.clone(), session.key);
        self.tasks.spawn(async move {
            if let Err(error) = store.touch(&key, now).await {
                tracing::warn!(event = "session_touch_failed", %error, "the time of the last use of a session could not be stored");
            }
        });
    }

    /// Returns the time at which the session ends if it is not used again.
    #[must_use]
    pub fn expires_at(&self, session: &Session) -> Timestamp {
        session.expires_at(&self.lifetimes)
    }

    /// Returns the current time of the clock that is used for sessions.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Returns the live sessions of the same user, newest login first: at most [`LISTED`], always including the given one.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn of_same_user(&self, session: &Session) -> Result<Vec<Session>, StoreError> {
        let now = self.clock.now();
        let all = match &session.user.id {
            Some(user) => {
                let _permit = self.listing.acquire().await;
                self.store.of_user(user, 0, LISTED).await?
            }
            None => Vec::new(),
        };
        let mut listed: Vec<Session> = all
            .into_iter()
            .filter(|other| other.end_cause(now, &self.lifetimes).is_none())
            .collect();
        if !listed.iter().any(|other| other.key == session.key) {
            listed.truncate(LISTED - 1);
            listed.push(session.clone());
        }
        Ok(listed)
    }

    /// Returns every live session, or those of one user, newest login first. For the command line.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn list(&self, user: Option<&UserId>) -> Result<Vec<Session>, StoreError> {
        let now = self.clock.now();
        let all = match user {
            Some(user) => self.all_of_user(user).await?,
            None => self.store.all().await?,
        };
        Ok(all
            .into_iter()
            .filter(|session| session.end_cause(now, &self.lifetimes).is_none())
            .collect())
    }

    async fn all_of_user(&self, user: &UserId) -> Result<Vec<Session>, StoreError> {
        let mut all = Vec::new();
        for step in 0.. {
            let read = self.store.of_user(user, step * READ_STEP, READ_STEP);
            let read = read.await?;
            if read.is_empty() {
                break;
            }
            all.extend(read);
        }
        Ok(all)
    }

    /// Returns the live session with this public handle.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn by_handle(&self, handle: &SessionHandle) -> Result<Option<Session>, StoreError> {
        self.store.by_handle(handle).await
    }

    /// Replaces the app data in the session with this id. Returns `false` when the session has ended.
    ///
    /// # Errors
    /// [`StoreError`] when it is uncertain whether the data is stored.
    pub async fn set_app_data(
        &self,
        id: &SessionId,
        data: &std::collections::BTreeMap<String, String>,
    ) -> Result<bool, StoreError> {
        self.store
            .set_app_data(&SessionKey::from_id(id), data)
            .await
    }

    /// Checks that the session store answers.
    ///
    /// # Errors
    /// [`StoreError`] when it does not.
    pub async fn ping_store(&self) -> Result<(), StoreError> {
        self.store.ping().await
    }

    /// Writes the stored data into its final form during graceful shutdown, after all other work is done.
    ///
    /// # Errors
    /// [`StoreError`] when that failed. Nothing is lost then.
    pub async fn flush_store(&self) -> Result<(), StoreError> {
        self.store.flush().await
    }

    /// Removes sessions past a limit from the store.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn sweep(&self) -> Result<u64, StoreError> {
        let now = self.clock.now();
        let unused_since = self.lifetimes.unused_since(now);
        self.store.sweep(now, unused_since).await
    }
}

/// Reads the session with this key. The caller compares its time limits.
pub(super) async fn read(store: &SealedStore, key: &SessionKey) -> Result<Session, FlowError> {
    match store.load(key).await.map_err(FlowError::store)? {
        Loaded::Live(session) => Ok(Arc::unwrap_or_clone(session)),
        Loaded::Ended(cause) => Err(FlowError::SessionEnded(cause)),
        Loaded::Unknown => Err(FlowError::NotAuthenticated),
    }
}
