//! From the authorization response to a session: spends the attempt, exchanges the code, reads the user, stores the session.

use std::collections::BTreeMap;
use std::time::Duration;

use super::callback::AuthorizationResponse;
use super::outcome::{FailedLogin, FinishedLogin};
use super::use_case::Login;
use crate::audit;
use crate::domain::{
    EndCause, LOGIN_ATTEMPT_TTL, LoginAttempt, LoginError, RequestId, Session, SessionHash,
    SessionId, SessionKey, TokenSet, User,
};
use crate::provider::ProviderError;

/// How long a spent attempt is remembered. Twice the lifetime of an attempt, because after the clock was set back an attempt can start up to one
/// lifetime in the future, and still has its full lifetime then.
const SPENT_FOR: Duration = LOGIN_ATTEMPT_TTL.saturating_mul(2);

impl Login {
    /// Creates a session from a recognised attempt. It replaces the session that the browser had at the start of the login and the one that it holds
    /// now.
    pub(super) async fn create_session(
        &self,
        attempt: LoginAttempt,
        replaced: Option<SessionKey>,
        response: AuthorizationResponse,
        device: String,
        request_id: RequestId,
    ) -> Result<FinishedLogin, FailedLogin> {
        let tag = LoginAttempt::tag(&attempt.state);
        let display = attempt.display;
        let spent = |error| FailedLogin {
            error,
            display,
            tag: Some(tag.clone()),
        };
        match self
            .store
            .spend_attempt(&tag, self.clock.now(), SPENT_FOR)
            .await
        {
            Ok(true) => {}
            Ok(false) => {
                audit::login_repeated(&tag);
                return Err(spent(LoginError::InvalidState));
            }
            Err(error) => {
                tracing::error!(event = "store_failed", %error, "a login could not be finished");
                // Nothing was sent to the provider, so the same callback can be tried again.
                return Err(FailedLogin {
                    error: LoginError::ServerError,
                    display,
                    tag: None,
                });
            }
        }
        let code = match response {
            AuthorizationResponse::Code(code) => code,
            AuthorizationResponse::Refused(error) => return Err(spent(error)),
        };
        let tokens = self
            .provider
            .exchange_code(&code, attempt.verifier.as_ref(), &request_id)
            .await
            .map_err(|error| spent(login_error(&error)))?;
        let user = match self.read_user(&tokens, &request_id).await {
            Ok(user) => user,
            Err(error) => {
                self.logout
                    .revoker
                    .revoke_later(tokens.refresh_token.clone());
                return Err(spent(error));
            }
        };
        let now = self.clock.now();
        let created_at = self.limit.after_the_newest(user.id.as_ref(), now).await;
        let id = SessionId::random(self.sealer.entropy.as_ref());
        let mut session = Session {
            key: SessionKey::from_id(&id),
            hash: SessionHash::default(),
            user,
            device,
            created_at,
            last_seen_at: now,
            absolute_expires_at: now.plus(self.settings.absolute_ttl),
            tokens,
            version: 1,
            app_data: BTreeMap::new(),
        };
        match self.store.create(&session).await {
            Ok(hash) => session.hash = hash,
            Err(error) => {
                tracing::error!(event = "store_failed", %error, "a new session could not be stored");
                self.logout
                    .revoker
                    .revoke_later(session.tokens.refresh_token);
                return Err(spent(LoginError::ServerError));
            }
        }
        audit::login_finished(&session, &tag, &session.device);
        let at_start = attempt.replaces.filter(|key| replaced != Some(*key));
        for key in at_start.iter().chain(&replaced) {
            self.end_replaced(key).await;
        }
        Ok(FinishedLogin {
            id,
            session,
            return_to: attempt.return_to,
            display,
            tag,
        })
    }

    /// Reads the user from the provider. This is part of the login, because a session without a user would be incomplete.
    async fn read_user(
        &self,
        tokens: &TokenSet,
        request_id: &RequestId,
    ) -> Result<User, LoginError> {
        let user = self.provider.user(&tokens.access_token, request_id).await;
        user.map_err(|error| login_error(&error))
    }

    /// Ends the session that this browser had before. A failure is only logged, because the new session is already stored.
    async fn end_replaced(&self, key: &SessionKey) {
        if let Err(error) = self.logout.forget(key, None, EndCause::Replaced).await {
            tracing::warn!(event = "store_failed", %error, "the session that a login replaced could not be ended");
        }
    }
}

/// Logs a provider error during a login, and returns the error to show to the user.
fn login_error(error: &ProviderError) -> LoginError {
    tracing::warn!(event = "login_provider_failed", %error, "a login failed at the provider");
    match error {
        ProviderError::AccountDisabled(_) => LoginError::AccountDisabled,
        ProviderError::GrantRefused { .. }
        | ProviderError::TokenRefused(_)
        | ProviderError::Forbidden(_) => LoginError::AuthorizationFailed,
        ProviderError::Unavailable { .. } | ProviderError::Timeout(_) => {
            LoginError::ProviderUnavailable
        }
        ProviderError::Misconfigured(_)
        | ProviderError::CallRefused { .. }
        | ProviderError::Unusable(_) => LoginError::ServerError,
    }
}
