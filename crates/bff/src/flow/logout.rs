//! Ends sessions: at once in the store, and in the background at the provider.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::domain::{EndCause, RefreshToken, RequestId, Session, SessionKey, UserId};
use crate::store::{StoreError, TokenSwap};

use super::sessions::log_end;
use super::{Flows, Parts};

/// Back-off of revocations: the wait before each try. There are as many tries as entries.
const REVOCATION_WAITS: [Duration; 3] = [
    Duration::ZERO,
    Duration::from_secs(1),
    Duration::from_secs(5),
];

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

/// Limits concurrent calls that revoke a token, so that the end of thousands of sessions does not take every connection to the provider.
pub struct Revocations(Semaphore);

/// Maximum number of concurrent revocation calls.
const REVOCATIONS: u32 = 32;

impl Default for Revocations {
    fn default() -> Self {
        Self(Semaphore::new(REVOCATIONS as usize))
    }
}

impl Revocations {
    async fn place(&self) -> Option<SemaphorePermit<'_>> {
        // The semaphore is never closed, so this always returns a permit.
        self.0.acquire().await.ok()
    }

    /// Waits until no revocation call is under way.
    pub(super) async fn finished(&self) {
        drop(self.0.acquire_many(REVOCATIONS).await);
    }
}

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
    pub async fn end_from_afar(&self, session: Session, cause: EndCause) -> Result<(), StoreError> {
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
                TokenSwap::Moved(newer) => standing = *newer,
                TokenSwap::Gone => return Ok(()),
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
/// and the removal is retried in the background. `known` is the refresh token to revoke if the record turns out to be gone.
pub(super) async fn forget(
    parts: &Arc<Parts>,
    key: &SessionKey,
    known: Option<RefreshToken>,
    cause: EndCause,
) -> Result<(), StoreError> {
    let deleted = parts.store.delete(key).await;
    match deleted {
        Ok(ended) => {
            give_back(parts, ended, None, cause);
            Ok(())
        }
        Err(error) => {
            let (task_parts, key) = (Arc::clone(parts), *key);
            parts.tasks.spawn(async move {
                for wait in DELETION_WAITS {
                    tokio::time::sleep(wait).await;
                    if let Ok(ended) = task_parts.store.delete(&key).await {
                        return give_back(&task_parts, ended, known, cause);
                    }
                }
                tracing::warn!(event = "store_failed", session = %key.handle(), "a session could not be removed from the store; it ends at its time limits");
            });
            Err(error)
        }
    }
}

fn give_back(
    parts: &Arc<Parts>,
    ended: Option<Session>,
    known: Option<RefreshToken>,
    cause: EndCause,
) {
    if let Some(ended) = &ended {
        log_end(ended, cause);
    }
    revoke_later(
        parts,
        ended.map_or(known, |ended| ended.tokens.refresh_token),
    );
}

/// Revokes a refresh token that is no longer needed, in the background, with a limited number of tries.
pub(super) fn revoke_later(parts: &Arc<Parts>, token: Option<RefreshToken>) {
    let Some(token) = token else {
        return;
    };
    let request = RequestId::random(parts.entropy.as_ref());
    let task_parts = Arc::clone(parts);
    parts.tasks.spawn(async move {
        for wait in REVOCATION_WAITS {
            tokio::time::sleep(wait).await;
            let _place = task_parts.revocations.place().await;
            match task_parts.provider.revoke(&token, &request).await {
                Ok(_) => return,
                Err(error) => {
                    tracing::warn!(event = "revocation_failed", %error, "a refresh token could not be revoked at the provider");
                }
            }
        }
    });
}
