//! Opens, lists and sweeps sessions, and notes their use.

use std::sync::Arc;

use crate::domain::{EndCause, Session, SessionHandle, SessionId, SessionKey, Timestamp, UserId};
use crate::store::{Loaded, StoreError, TokenSwap};

use super::end_session::log_end;
use super::error::FlowError;
use super::flows::Flows;
use super::revoke::revoke_later;

/// Maximum number of sessions that one user is shown. Each costs a read and two decryptions.
pub const LISTED: usize = 100;
/// Number of sessions that the command line reads per store call.
const READ_STEP: usize = 500;

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

impl Flows {
    /// Opens the session with this id. This does not count as a use of the session.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails. The session may still be valid.
    pub async fn open_session(&self, id: &SessionId) -> Result<Opened, StoreError> {
        let session = match self.parts.store.load(&SessionKey::from_id(id)).await? {
            Loaded::Live(session) => session,
            Loaded::Ended(cause) => return Ok(Opened::Ended(cause)),
            Loaded::Unknown => return Ok(Opened::Unknown),
        };
        let Some(cause) = session.end_cause(self.parts.clock.now(), &self.parts.lifetimes) else {
            return Ok(Opened::Live(session));
        };
        match self
            .parts
            .store
            .end(&session.key, session.version, cause)
            .await?
        {
            TokenSwap::Done(_) => {
                log_end(&session, cause);
                revoke_later(&self.parts, session.tokens.refresh_token.clone());
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
    pub async fn read_session(&self, key: &SessionKey) -> Result<Session, FlowError> {
        let session = self.refresher.read(key).await?;
        match session.end_cause(self.parts.clock.now(), &self.parts.lifetimes) {
            Some(cause) => Err(FlowError::SessionEnded(cause)),
            None => Ok(session),
        }
    }

    /// Notes that the session was used, at most once a minute. Runs in the background, so that the request does not wait.
    pub fn note_use(&self, session: &Session) {
        let now = self.parts.clock.now();
        if !session.touch_is_due(now, &self.parts.lifetimes) {
            return;
        }
        // Concurrent requests note it once.
        if !self.noted.entry(session.key).or_insert(()).is_fresh() {
            return;
        }
        let (parts, key) = (Arc::clone(&self.parts), session.key);
        self.parts.tasks.spawn(async move {
            if let Err(error) = parts.store.touch(&key, now).await {
                tracing::warn!(event = "session_touch_failed", %error, "the time of the last use of a session could not be stored");
            }
        });
    }

    /// Returns the time at which the session ends if it is not used again.
    #[must_use]
    pub fn session_expires_at(&self, session: &Session) -> Timestamp {
        session.expires_at(&self.parts.lifetimes)
    }

    /// Returns the current time of the clock that is used for sessions.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }

    /// Returns the live sessions of the same user, newest login first: at most [`LISTED`], always including the given one.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn sessions_of_same_user(
        &self,
        session: &Session,
    ) -> Result<Vec<Session>, StoreError> {
        let now = self.parts.clock.now();
        let all = match &session.user.id {
            Some(user) => {
                let _permit = self.listing.acquire().await;
                self.parts.store.of_user(user, 0, LISTED).await?
            }
            None => Vec::new(),
        };
        let mut listed: Vec<Session> = all
            .into_iter()
            .filter(|other| other.end_cause(now, &self.parts.lifetimes).is_none())
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
    pub async fn list_sessions(&self, user: Option<&UserId>) -> Result<Vec<Session>, StoreError> {
        let now = self.parts.clock.now();
        let all = match user {
            Some(user) => self.all_of_user(user).await?,
            None => self.parts.store.all().await?,
        };
        Ok(all
            .into_iter()
            .filter(|session| session.end_cause(now, &self.parts.lifetimes).is_none())
            .collect())
    }

    async fn all_of_user(&self, user: &UserId) -> Result<Vec<Session>, StoreError> {
        let mut all = Vec::new();
        for step in 0.. {
            let read = self.parts.store.of_user(user, step * READ_STEP, READ_STEP);
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
    pub async fn session_by_handle(
        &self,
        handle: &SessionHandle,
    ) -> Result<Option<Session>, StoreError> {
        self.parts.store.by_handle(handle).await
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
        self.parts
            .store
            .set_app_data(&SessionKey::from_id(id), data)
            .await
    }

    /// Checks that the session store answers.
    ///
    /// # Errors
    /// [`StoreError`] when it does not.
    pub async fn ping_store(&self) -> Result<(), StoreError> {
        self.parts.store.ping().await
    }

    /// Writes the stored data into its final form during graceful shutdown, after all other work is done.
    ///
    /// # Errors
    /// [`StoreError`] when that failed. Nothing is lost then.
    pub async fn flush_store(&self) -> Result<(), StoreError> {
        self.parts.store.flush().await
    }

    /// Removes sessions past a limit from the store.
    ///
    /// # Errors
    /// [`StoreError`] when the store fails.
    pub async fn sweep(&self) -> Result<u64, StoreError> {
        let now = self.parts.clock.now();
        let unused_since = self.parts.lifetimes.unused_since(now);
        self.parts.store.sweep(now, unused_since).await
    }
}
