//! Stores the result of a refresh: the new tokens, or the end of the session. Called by the refresh that holds the lease.

use std::time::Duration;

use super::error::FlowError;
use super::refresher::Refresher;
use crate::audit;
use crate::domain::{EndCause, Session, TokenSet};
use crate::store::TokenSwap;

/// How long storing new tokens is retried while the store fails. Requests are answered with an error meanwhile.
pub(super) const SAVE_TIME: Duration = Duration::from_secs(600);
/// Longest wait between two tries to store new tokens.
const SAVE_WAIT: Duration = Duration::from_millis(500);

impl Refresher {
    /// Stores tokens that the provider has rotated to. Retries while the store fails, because these tokens are the only valid ones.
    pub(super) async fn save(
        &self,
        session: Session,
        tokens: TokenSet,
    ) -> Result<Session, FlowError> {
        let mut begun = self.clock.now();
        let mut is_first = true;
        let swap = loop {
            match self
                .store
                .swap_tokens(&session.key, session.version, &tokens)
                .await
            {
                Ok(swap) => break swap,
                Err(error) if self.time_since(&mut begun) < SAVE_TIME => {
                    if std::mem::take(&mut is_first) {
                        tracing::warn!(event = "tokens_not_saved", session = %session.key.handle(), %error, "new tokens could not be stored; retrying");
                    }
                    tokio::time::sleep(SAVE_WAIT).await;
                }
                Err(error) => {
                    tracing::error!(event = "tokens_lost", session = %session.key.handle(), %error, "new tokens could not be stored; the user must sign in again");
                    return Err(FlowError::store(error));
                }
            }
        };
        match swap {
            TokenSwap::Done(version) => Ok(Session {
                tokens,
                version,
                ..session
            }),
            // Either a try that reported a failure was stored after all, or another replica refreshed without the lease. The stored tokens are the
            // result.
            TokenSwap::Conflict(standing) => Ok(*standing),
            TokenSwap::NotFound => {
                tracing::info!(event = "refreshed_after_end", session = %session.key.handle(), "the session ended during its refresh; the new tokens are revoked");
                self.revoker.revoke_later(tokens.refresh_token.clone());
                Err(FlowError::NotAuthenticated)
            }
        }
    }

    /// Ends a session whose tokens are no longer valid, unless another replica has stored newer tokens meanwhile.
    pub(super) async fn end(
        &self,
        session: Session,
        cause: EndCause,
    ) -> Result<Session, FlowError> {
        match self
            .store
            .end(&session.key, session.version, cause)
            .await
            .map_err(FlowError::store)?
        {
            TokenSwap::Done(_) => {
                audit::session_ended(&session, cause.code());
                Err(FlowError::SessionEnded(cause))
            }
            TokenSwap::Conflict(standing) => Ok(*standing),
            TokenSwap::NotFound => Err(FlowError::NotAuthenticated),
        }
    }
}
