//! Ends sessions in the store, and revokes their refresh tokens.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::{EndCause, RefreshToken, Session, SessionKey, UserId};
use crate::store::{StoreError, TokenSwap};

use super::revoke::revoke_later;
use super::sessions::log_end;
use super::{Flows, Parts};

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

/// Ends one batch of a user's oldest sessions, except the `keep` newest and `spared`. Returns how many there were.
pub(super) async fn end_some(
    parts: &Arc<Parts>,
    user: &UserId,
    keep: usize,
    spared: Option<&SessionKey>,
    cause: EndCause,
) -> Result<usize, StoreError> {
    let store = &parts.store;
    let ended = store.end_of_user(user, keep, spared, BATCH, cause).await?;
    for session in ended.sessions {
        log_end(&session, cause);
        revoke_later(parts, session.tokens.refresh_token);
    }
    ended.found
}

/// Removes a session and revokes its refresh token. When the store fails, it is uncertain whether the record is gone: the caller gets the error,
/// and the removal is retried in the background. `token` is the refresh token to revoke if the
/// record turns out to be removed.
pub(super) async fn forget(
    parts: &Arc<Parts>,
    key: &SessionKey,
    token: Option<RefreshToken>,
    cause: EndCause,
) -> Result<(), StoreError> {
    let deleted = parts.store.delete(key).await;
    match deleted {
        Ok(ended) => {
            log_and_revoke(parts, ended, None, cause);
            Ok(())
        }
        Err(error) => {
            let (task_parts, key) = (Arc::clone(parts), *key);
            parts.tasks.spawn(async move {
                for wait in DELETION_WAITS {
                    tokio::time::sleep(wait).await;
                    if let Ok(ended) = task_parts.store.delete(&key).await {
                        return log_and_revoke(&task_parts, ended, token, cause);
                    }
                }
                tracing::warn!(event = "store_failed", session = %key.handle(), "a session could not be removed from the store; it ends at its time limits");
            });
            Err(error)
        }
    }
}

fn log_and_revoke(
    parts: &Arc<Parts>,
    ended: Option<Session>,
    token: Option<RefreshToken>,
    cause: EndCause,
) {
    if let Some(ended) = &ended {
        log_end(ended, cause);
    }
    revoke_later(
        parts,
        ended.map_or(token, |ended| ended.tokens.refresh_token),
    );
}
