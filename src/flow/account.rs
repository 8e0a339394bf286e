//! What the provider knows of the account, asked with the session's access token.

use url::Url;

use super::Flows;
use super::error::FlowError;
use crate::domain::{AccessToken, RequestId, Session};
use crate::provider::{ProviderError, UserInfo};

impl Flows {
    /// The account of the session's user, whatever its status.
    ///
    /// # Errors
    /// [`FlowError::AccountDisabled`] where the provider refuses to speak of a disabled account; [`FlowError::SessionExpired`] when the session is
    /// over; anything else passes, and the session stays.
    pub async fn account(
        &self,
        session: &Session,
        request: &RequestId,
    ) -> Result<UserInfo, FlowError> {
        self.call(session, request, async |token| {
            self.parts.provider.userinfo(token, request).await
        })
        .await
    }

    /// Where the session's user tops up: an https address on an allowed host.
    ///
    /// # Errors
    /// As [`account`](Self::account).
    pub async fn topup_url(
        &self,
        session: &Session,
        request: &RequestId,
    ) -> Result<Url, FlowError> {
        self.call(session, request, async |token| {
            self.parts.provider.topup_url(token, request).await
        })
        .await
    }

    /// Calls the provider with a usable access token. If it refuses the token, the token is refreshed once and the call repeated once.
    async fn call<T>(
        &self,
        session: &Session,
        request: &RequestId,
        ask: impl AsyncFn(&AccessToken) -> Result<T, ProviderError>,
    ) -> Result<T, FlowError> {
        let session = self.with_usable_token(session, request).await?;
        match ask(&session.tokens.access_token).await {
            Ok(answer) => return Ok(answer),
            Err(ProviderError::TokenRefused(_)) if self.can_be_renewed(&session) => {}
            Err(error) => return Err(failed(error)),
        }
        let session = self.with_newer_token(&session, request).await?;
        ask(&session.tokens.access_token).await.map_err(failed)
    }
}

fn failed(error: ProviderError) -> FlowError {
    match error {
        ProviderError::AccountDisabled(_) => FlowError::AccountDisabled,
        other => FlowError::Provider(other),
    }
}
