//! What a session id is worth right now.

use crate::audit;
use crate::domain::{EndCause, Session, SessionHandle, SessionId, SessionKey, Timestamp, UserId};
use crate::store::{Loaded, StoreError, TokenSwap};

use super::Flows;
use super::error::FlowError;
use super::logout::revoke_later;

/// The most sessions that one user is shown. Each takes a read and two decryptions.
pub const LISTED: usize = 100;
/// The most lists that are read at once: a list takes as long as a hundred other calls, and those go between two lists.
pub(super) const LISTS: usize = 2;
/// How many sessions the command line reads at a time.
const READ_STEP: usize = 500;

/// What stands behind the cookie that a browser sent.
#[derive(Clone, Debug)]
pub enum Opened {
    /// A live session.
    Live(Box<Session>),
    /// A session that is over, and why.
    Ended(EndCause),
    /// Nothing.
    Unknown,
}

impl Flows {
    /// Opens the session with this id. Does not count as using it.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be asked: the session may well be alive.
    pub async fn open_session(&self, id: &SessionId) -> Result<Opened, StoreError> {
        let session = match self.parts.store.load(&SessionKey::of(id)).await? {
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
                revoke_later(&self.parts, session.tokens.refresh_token);
            }
            // Ended or renewed by somebody else in the same moment; a limit reached is a limit reached.
            TokenSwap::Moved(_) | TokenSwap::Gone => {}
        }
        Ok(Opened::Ended(cause))
    }

    /// The session as it is now, for work that has taken time since it was opened.
    pub(super) async fn read_session(&self, key: &SessionKey) -> Result<Session, FlowError> {
        let session = self.refresher.read(key).await?;
        match session.end_cause(self.parts.clock.now(), &self.parts.lifetimes) {
            Some(cause) => Err(FlowError::SessionEnded(cause)),
            None => Ok(session),
        }
    }

    /// Notes that the session was used, at most once a minute, without making anybody wait.
    pub fn note_use(&self, session: &Session) {
        let now = self.parts.clock.now();
        if !session.touch_is_due(now, &self.parts.lifetimes) {
            return;
        }
        // Calls that come at once note it once.
        if !self.noted.entry(session.key).or_insert(()).is_fresh() {
            return;
        }
        let (parts, key) = (std::sync::Arc::clone(&self.parts), session.key);
        self.parts.tasks.spawn(async move {
            if let Err(error) = parts.store.touch(&key, now).await {
                tracing::warn!(event = "session_touch_failed", %error, "the use of a session was not noted");
            }
        });
    }

    /// When the session ends if nothing more happens.
    #[must_use]
    pub fn session_expires_at(&self, session: &Session) -> Timestamp {
        session.expires_at(&self.parts.lifetimes)
    }

    /// Now, as the sessions see it.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.parts.clock.now()
    }

    /// The live sessions of the same user, newest login first: at most [`LISTED`], the given one always among them.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be asked.
    pub async fn sessions_beside(&self, session: &Session) -> Result<Vec<Session>, StoreError> {
        let now = self.parts.clock.now();
        let all = match &session.user.id {
            Some(user) => {
                let _place = self.listing.acquire().await;
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

    /// Every live session, or those of one user; newest login first. For the command line.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be asked.
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

    /// The live session with this public handle.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be asked.
    pub async fn session_by_handle(
        &self,
        handle: &SessionHandle,
    ) -> Result<Option<Session>, StoreError> {
        self.parts.store.by_handle(handle).await
    }

    /// Replaces what the app keeps in the session with this id; `false` when it is over.
    ///
    /// # Errors
    /// [`StoreError`] when it is not certain that it is stored.
    pub async fn set_app_data(
        &self,
        id: &SessionId,
        data: &std::collections::BTreeMap<String, String>,
    ) -> Result<bool, StoreError> {
        self.parts
            .store
            .set_app_data(&SessionKey::of(id), data)
            .await
    }

    /// Whether the session store answers.
    ///
    /// # Errors
    /// [`StoreError`] when it does not.
    pub async fn ping_store(&self) -> Result<(), StoreError> {
        self.parts.store.ping().await
    }

    /// Puts the sessions into their lasting form, when all work is done and the program stops.
    ///
    /// # Errors
    /// [`StoreError`] when that was not done; nothing is lost then.
    pub async fn settle_store(&self) -> Result<(), StoreError> {
        self.parts.store.settle().await
    }

    /// Removes sessions past a limit from the store.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be asked.
    pub async fn sweep(&self) -> Result<u64, StoreError> {
        let now = self.parts.clock.now();
        let unused_since = self.parts.lifetimes.unused_since(now);
        self.parts.store.sweep(now, unused_since).await
    }
}

/// The one log line that says why a session ended.
pub(super) fn log_end(session: &Session, cause: EndCause) {
    audit::session_ended(session, cause.code());
}
