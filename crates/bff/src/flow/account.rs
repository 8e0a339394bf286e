//! What the provider knows of the account, asked with the session's access token.

use std::time::Duration;

use moka::sync::Cache;
use url::Url;

use super::Flows;
use super::error::FlowError;
use crate::domain::{AccessToken, RequestId, Session, SessionKey, Timestamp};
use crate::provider::{ProviderError, UserInfo};

/// The most accounts that are remembered, a few hundred bytes each, and for how long.
const REMEMBERED: u64 = 10_000;
pub(super) const REMEMBERED_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// Accounts as the provider last described them, for pages that are asked for while it is away. Each session finds its own only.
#[derive(Clone)]
pub(super) struct LastKnown(Cache<SessionKey, (UserInfo, Timestamp)>);

impl Default for LastKnown {
    fn default() -> Self {
        Self(
            Cache::builder()
                .max_capacity(REMEMBERED)
                .time_to_live(REMEMBERED_FOR)
                .build(),
        )
    }
}

/// An account as it was some time ago.
#[derive(Clone, Debug)]
pub struct KnownAccount {
    /// What the provider said then.
    pub info: UserInfo,
    /// How long ago that was.
    pub age: Duration,
}

impl Flows {
    /// The account of the session's user, whatever its status.
    ///
    /// # Errors
    /// [`FlowError::AccountDisabled`] where the provider refuses to speak of a disabled account; [`FlowError::SessionEnded`] when the session is
    /// over; anything else passes, and the session stays.
    pub async fn account(
        &self,
        session: &Session,
        request: &RequestId,
    ) -> Result<UserInfo, FlowError> {
        let info = self
            .call(session, request, async |token| {
                self.parts.provider.userinfo(token, request).await
            })
            .await?;
        let heard = (info.clone(), self.parts.clock.now());
        self.last_known.0.insert(session.key, heard);
        Ok(info)
    }

    /// The account as this replica last heard of it in this session; `None` when it did not within a day. Only to be shown with its age.
    #[must_use]
    pub fn last_known_account(&self, session: &Session) -> Option<KnownAccount> {
        let (info, heard_at) = self.last_known.0.get(&session.key)?;
        let age = self.parts.clock.now().since(heard_at);
        (age < REMEMBERED_FOR).then_some(KnownAccount { info, age })
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

    /// Calls the provider with a usable access token. If it refuses the token, the token is refreshed once and the call repeated once; where there
    /// is nothing to refresh it with, the session is over.
    async fn call<T>(
        &self,
        session: &Session,
        request: &RequestId,
        ask: impl AsyncFn(&AccessToken) -> Result<T, ProviderError>,
    ) -> Result<T, FlowError> {
        let session = self.with_usable_token(session, request).await?;
        match ask(&session.tokens.access_token).await {
            Ok(answer) => return Ok(answer),
            Err(ProviderError::TokenRefused(_)) => {}
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
