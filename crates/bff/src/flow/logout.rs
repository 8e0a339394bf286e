//! Logout: ends one session, or all sessions of a user.

use crate::domain::{EndCause, Session, SessionKey, UserId};
use crate::store::{StoreError, TokenSwap};

use super::end_session::{end_some, forget, log_end};
use super::flows::Flows;
use super::revoke::revoke_later;

impl Flows {
    /// Ends the session on every replica at once. With `everywhere` it also ends all other sessions of its user. The refresh tokens are revoked in
    /// the background if the provider has a revocation endpoint (RFC 7009).
    ///
    /// # Errors
    /// [`StoreError`] when it is uncertain whether the session was removed.
    pub async fn log_out(&self, session: &Session, everywhere: bool) -> Result<(), StoreError> {
        if everywhere && let Some(user) = &session.user.id {
            let here = Some(&session.key);
            while end_some(&self.parts, user, 0, here, EndCause::EndedElsewhere).await? > 0 {}
        }
        let token = session.tokens.refresh_token.clone();
        forget(&self.parts, &session.key, token, EndCause::LoggedOut).await
    }

    /// Ends the session of the browser that asks for it. The whole record is removed, because no other browser needs the cause.
    ///
    /// # Errors
    /// [`StoreError`] when it is uncertain whether the session was removed.
    pub async fn forget_session(&self, key: &SessionKey) -> Result<(), StoreError> {
        forget(&self.parts, key, None, EndCause::LoggedOut).await
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
            match end_some(&self.parts, user, 0, None, cause).await? {
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
            let end = self.parts.store.end(&standing.key, standing.version, cause);
            match end.await? {
                TokenSwap::Done(_) => {
                    log_end(&standing, cause);
                    revoke_later(&self.parts, standing.tokens.refresh_token);
                    return Ok(());
                }
                // The tokens were renewed at the same time. The next try ends the session with the newer tokens.
                TokenSwap::Conflict(newer) => standing = *newer,
                TokenSwap::NotFound => return Ok(()),
            }
        }
    }
}
