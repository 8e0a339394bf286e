//! Ending sessions: here at once, at the provider as soon as it can be had.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::{EndCause, RefreshToken, RequestId, Session, SessionKey};
use crate::store::{StoreError, TokenSwap};

use super::Flows;
use super::sessions::log_end;

/// How often a revocation is tried, and how long to wait before each further try.
const REVOCATION_WAITS: [Duration; 3] = [
    Duration::ZERO,
    Duration::from_secs(1),
    Duration::from_secs(5),
];

impl Flows {
    /// Ends the session on every replica at once, and with `everywhere` all others of its user. The refresh tokens are revoked at the
    /// provider in the background, where it has a place for that (RFC 7009).
    ///
    /// # Errors
    /// [`StoreError`] when it is not certain that the session is gone.
    pub async fn log_out(&self, session: &Session, everywhere: bool) -> Result<(), StoreError> {
        if everywhere {
            let mut others = self.sessions_beside(session).await?;
            others.retain(|other| other.key != session.key);
            for other in others {
                self.end_from_afar(other, EndCause::EndedElsewhere).await?;
            }
        }
        self.forget_session(&session.key).await
    }

    /// Ends the session of the browser that asks for it. Nothing of it stays, because nobody has to be told.
    ///
    /// # Errors
    /// [`StoreError`] when it is not certain that the session is gone.
    pub async fn forget_session(&self, key: &SessionKey) -> Result<(), StoreError> {
        forget(&self.parts, key, EndCause::LoggedOut).await
    }

    /// Ends a session that another browser has. The cause stays in its record, so that the browser can be told.
    ///
    /// # Errors
    /// [`StoreError`] when it is not certain that the session is over.
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
                // Its tokens were renewed in this moment: then it is ended with the newer ones.
                TokenSwap::Moved(newer) => standing = *newer,
                TokenSwap::Gone => return Ok(()),
            }
        }
    }
}

/// Removes a session, and gives its tokens back.
pub(super) async fn forget(
    parts: &Arc<super::Parts>,
    key: &SessionKey,
    cause: EndCause,
) -> Result<(), StoreError> {
    if let Some(ended) = parts.store.delete(key).await? {
        log_end(&ended, cause);
        revoke_later(parts, ended.tokens.refresh_token);
    }
    Ok(())
}

/// Revokes a token that nobody needs any more, in the background, with a bounded number of tries.
pub(super) fn revoke_later(parts: &Arc<super::Parts>, token: Option<RefreshToken>) {
    let Some(token) = token else {
        return;
    };
    let request = RequestId::random(parts.entropy.as_ref());
    let task_parts = Arc::clone(parts);
    parts.tasks.spawn(async move {
        for wait in REVOCATION_WAITS {
            tokio::time::sleep(wait).await;
            match task_parts.provider.revoke(&token, &request).await {
                Ok(_) => return,
                Err(error) => {
                    tracing::warn!(event = "revocation_failed", %error, "a refresh token was not revoked");
                }
            }
        }
    });
}
