//! Logout: ends one session, or all sessions of a user. A login ends the sessions that it replaces in the same way.

use std::sync::Arc;
use std::time::Duration;

use super::revoke::Revoker;
use super::single_flight::Tasks;
use crate::audit;
use crate::domain::{EndCause, RefreshToken, Session, SessionKey, UserId};
use crate::store::{SealedStore, StoreError, TokenSwap};

/// Number of sessions of a user that are read and ended per store call.
pub(super) const BATCH: usize = 32;

/// Back-off of deletions that the store did not confirm: the wait before each further try.
const DELETION_WAITS: [Duration; 5] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(10),
    Duration::from_secs(15),
];

/// Ends sessions in the store, and revokes their refresh tokens in the background if the provider has a revocation endpoint (RFC 7009).
pub struct Logout {
    pub(super) store: SealedStore,
    pub(super) tasks: Tasks,
    pub(super) revoker: Revoker,
}

impl Logout {
    /// Ends the session on every replica at once. With `everywhere` it also ends all other sessions of its user.
    ///
    /// # Errors
    /// [`StoreError`] when it is uncertain whether the session was removed.
    pub async fn log_out(
        self: &Arc<Self>,
        session: &Session,
        everywhere: bool,
    ) -> Result<(), StoreError> {
        if everywhere {
            self.end_others(session).await?;
        }
        let token = session.tokens.refresh_token.clone();
        self.forget(&session.key, token, EndCause::LoggedOut).await
    }

    /// Ends all other sessions of the session's user, whatever their number. A user whom the provider gave no id has no others.
    ///
    /// # Errors
    /// [`StoreError`] when it is uncertain whether all of them have ended.
    pub async fn end_others(&self, session: &Session) -> Result<(), StoreError> {
        let (cause, here) = (EndCause::EndedElsewhere, Some(&session.key));
        if let Some(user) = &session.user.id {
            while self.end_some(user, 0, here, cause).await? > 0 {}
        }
        Ok(())
    }

    /// Ends the session of the browser that asks for it. The whole record is removed, because no other browser needs the cause.
    ///
    /// # Errors
    /// [`StoreError`] when it is uncertain whether the session was removed.
    pub async fn forget_session(self: &Arc<Self>, key: &SessionKey) -> Result<(), StoreError> {
        self.forget(key, None, EndCause::LoggedOut).await
    }

    /// Ends all sessions of a user, whatever their number, and returns how many there were.
    ///
    /// # Errors
    /// [`StoreError`] when it is uncertain whether all of them have ended.
    pub async fn end_all_of_user(
        &self,
        user: &UserId,
        cause: EndCause,
    ) -> Result<usize, StoreError> {
        let mut all = 0;
        loop {
            match self.end_some(user, 0, None, cause).await? {
                0 => return Ok(all),
                some => all += some,
            }
        }
    }

    /// Ends a session of another browser. The cause stays in its record, so that the other browser gets it with its next request.
    ///
    /// # Errors
    /// [`StoreError`] when it is uncertain whether the session has ended.
    pub async fn end_remotely(&self, session: Session, cause: EndCause) -> Result<(), StoreError> {
        let mut standing = session;
        loop {
            let end = self.store.end(&standing.key, standing.version, cause);
            match end.await? {
                TokenSwap::Done(_) => {
                    self.log_and_revoke(Some(standing), None, cause);
                    return Ok(());
                }
                // The tokens were renewed at the same time. The next try ends the session with the newer tokens.
                TokenSwap::Conflict(newer) => standing = *newer,
                TokenSwap::NotFound => return Ok(()),
            }
        }
    }

    /// Ends one batch of a user's oldest sessions, except the `keep` newest and `spared`. Returns how many there were.
    pub(super) async fn end_some(
        &self,
        user: &UserId,
        keep: usize,
        spared: Option<&SessionKey>,
        cause: EndCause,
    ) -> Result<usize, StoreError> {
        let ended = self.store.end_of_user(user, keep, spared, BATCH, cause);
        let ended = ended.await?;
        for session in ended.sessions {
            self.log_and_revoke(Some(session), None, cause);
        }
        ended.found
    }

    /// Removes a session and revokes its refresh token. When the store fails, it is uncertain whether the record is gone: the caller gets the
    /// error, and the removal is retried in the background. `token` is the refresh token to revoke if the record turns out to be removed.
    pub(super) async fn forget(
        self: &Arc<Self>,
        key: &SessionKey,
        token: Option<RefreshToken>,
        cause: EndCause,
    ) -> Result<(), StoreError> {
        let deleted = self.store.delete(key).await;
        deleted
            .map(|ended| self.log_and_revoke(ended, None, cause))
            .inspect_err(|_| {
                let (this, key) = (Arc::clone(self), *key);
                self.tasks
                    .spawn(async move { this.delete_later(&key, token, cause).await });
            })
    }

    async fn delete_later(&self, key: &SessionKey, token: Option<RefreshToken>, cause: EndCause) {
        for wait in DELETION_WAITS {
            tokio::time::sleep(wait).await;
            if let Ok(ended) = self.store.delete(key).await {
                return self.log_and_revoke(ended, token, cause);
            }
        }
        tracing::warn!(event = "store_failed", session = %key.handle(), "a session could not be removed from the store; it ends at its time limits");
    }

    fn log_and_revoke(&self, ended: Option<Session>, token: Option<RefreshToken>, cause: EndCause) {
        if let Some(ended) = &ended {
            audit::session_ended(ended, cause.code());
        }
        self.revoker
            .revoke_later(ended.map_or(token, |ended| ended.tokens.refresh_token));
    }
}
