//! Ending sessions: here at once, at the provider as soon as it can be had.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::{RefreshToken, RequestId, Session, SessionKey};
use crate::store::StoreError;

use super::Flows;

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
            for other in self.sessions_beside(session).await? {
                self.end_session(&other.key).await?;
            }
        }
        self.end_session(&session.key).await
    }

    /// Ends one session because its owner, or the operator, said so.
    ///
    /// # Errors
    /// [`StoreError`] when it is not certain that the session is gone.
    pub async fn end_session(&self, key: &SessionKey) -> Result<(), StoreError> {
        if let Some(ended) = self.parts.store.delete(key).await? {
            tracing::info!(event = "session_ended", session = %ended.key.handle(), cause = "logged_out", "a session ended");
            revoke_later(&self.parts, ended.tokens.refresh_token);
        }
        Ok(())
    }
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
