//! Reads the provider's data about the account, with the session's access token.

use std::time::Duration;

use moka::sync::Cache;
use url::Url;

use super::Flows;
use super::error::FlowError;
use crate::domain::{AccessToken, RequestId, Session, SessionKey, Timestamp};
use crate::provider::{ProviderError, UserInfo};

/// Capacity, in accounts, of the cache of account data. An entry takes a few hundred bytes.
const REMEMBERED: u64 = 10_000;
/// How long account data may be shown after it was received.
pub(super) const REMEMBERED_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// Cache of the provider's last account data, for pages that are requested while the provider is unavailable. A session reads only its own entry.
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

/// Account data that was received some time ago.
#[derive(Clone, Debug)]
pub struct KnownAccount {
    /// The provider's data at that time.
    pub info: UserInfo,
    /// The age of the data.
    pub age: Duration,
}

impl Flows {
    /// Returns the account of the session's user, whatever its status.
    ///
    /// # Errors
    /// [`FlowError::AccountDisabled`] when the provider gives no data about a disabled account; [`FlowError::SessionEnded`] when the session has
    /// ended. Any other error is temporary, and the session stays valid.
    pub async fn account(
        &self,
        session: &Session,
        request_id: &RequestId,
    ) -> Result<UserInfo, FlowError> {
        let info = self
            .call(session, request_id, async |token| {
                self.parts.provider.userinfo(token, request_id).await
            })
            .await?;
        let heard = (info.clone(), self.parts.clock.now());
        self.last_known.0.insert(session.key, heard);
        Ok(info)
    }

    /// Returns the last account data that this replica received in this session; `None` when it received none within a day. Show it only with its
    /// age.
    #[must_use]
    pub fn last_known_account(&self, session: &Session) -> Option<KnownAccount> {
        let (info, heard_at) = self.last_known.0.get(&session.key)?;
        let age = self.parts.clock.now().since(heard_at);
        (age < REMEMBERED_FOR).then_some(KnownAccount { info, age })
    }

    /// Returns the top-up address for the session's user: an https URL on an allowed host.
    ///
    /// # Errors
    /// As [`account`](Self::account).
    pub async fn topup_url(
        &self,
        session: &Session,
        request_id: &RequestId,
    ) -> Result<Url, FlowError> {
        self.call(session, request_id, async |token| {
            self.parts.provider.topup_url(token, request_id).await
        })
        .await
    }

    /// Calls the provider with a usable access token. If the provider refuses the token, the token is refreshed once and the call repeated once.
    /// Without a refresh token the session ends.
    async fn call<T>(
        &self,
        session: &Session,
        request_id: &RequestId,
        ask: impl AsyncFn(&AccessToken) -> Result<T, ProviderError>,
    ) -> Result<T, FlowError> {
        let session = self.with_usable_token(session, request_id).await?;
        match ask(&session.tokens.access_token).await {
            Ok(answer) => return Ok(answer),
            Err(ProviderError::TokenRefused(_)) => {}
            Err(error) => return Err(failed(error)),
        }
        let session = self.with_newer_token(&session, request_id).await?;
        ask(&session.tokens.access_token).await.map_err(failed)
    }
}

fn failed(error: ProviderError) -> FlowError {
    match error {
        ProviderError::AccountDisabled(_) => FlowError::AccountDisabled,
        other => FlowError::Provider(other),
    }
}
