//! Calls the provider's API with the session's access token.

use std::time::Duration;

use moka::sync::Cache;

use super::Flows;
use super::error::FlowError;
use crate::domain::provider::Json;
use crate::domain::{AccessToken, RequestId, Session, SessionKey, Timestamp};
use crate::provider::{ApiCall, ProviderError};

/// Capacity of the cache of userinfo, in entries.
const REMEMBERED: u64 = 10_000;
/// Maximum size of an entry, in bytes. Documented userinfo takes a few hundred; with this limit a full cache takes at most 40 MB.
pub(super) const LARGEST_REMEMBERED: usize = 4 * 1024;
/// How long userinfo may be shown after it was received.
pub(super) const REMEMBERED_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// Cache of the provider's last userinfo, for pages that are requested while the provider is unavailable. A session reads only its own entry.
#[derive(Clone)]
pub(super) struct UserInfoCache(Cache<SessionKey, (Json, Timestamp)>);

impl Default for UserInfoCache {
    fn default() -> Self {
        Self(
            Cache::builder()
                .max_capacity(REMEMBERED)
                .time_to_live(REMEMBERED_FOR)
                .build(),
        )
    }
}

/// Userinfo that was received some time ago.
#[derive(Clone, Debug)]
pub struct KnownUserInfo {
    /// The provider's data at that time.
    pub userinfo: Json,
    /// The age of the data.
    pub age: Duration,
}

impl Flows {
    /// Calls the provider's API with a usable access token. If the provider refuses the token, the token is refreshed once and the call repeated
    /// once. Without a refresh token the session ends.
    ///
    /// # Errors
    /// [`FlowError::AccountDisabled`] when the provider says so; [`FlowError::SessionEnded`] when the session has ended. Any other error is temporary,
    /// and the session stays valid.
    pub async fn call_api(
        &self,
        session: &Session,
        call: &ApiCall<'_>,
        request_id: &RequestId,
    ) -> Result<Json, FlowError> {
        self.with_token(session, request_id, async |token| {
            self.parts.provider.call_api(call, token, request_id).await
        })
        .await
    }

    /// Requests the description of the session's user, and remembers it for [`last_known_userinfo`](Self::last_known_userinfo).
    ///
    /// # Errors
    /// As [`call_api`](Self::call_api).
    pub async fn userinfo(
        &self,
        session: &Session,
        request_id: &RequestId,
    ) -> Result<Json, FlowError> {
        let userinfo = self
            .with_token(session, request_id, async |token| {
                self.parts.provider.userinfo(token, request_id).await
            })
            .await?;
        if userinfo.size() <= LARGEST_REMEMBERED {
            let received = (userinfo.clone(), self.parts.clock.now());
            self.userinfo_cache.0.insert(session.key, received);
        } else {
            self.userinfo_cache.0.invalidate(&session.key);
        }
        Ok(userinfo)
    }

    /// Returns the last userinfo that this replica received in this session; `None` when it received none within a day. Show it only with its age.
    #[must_use]
    pub fn last_known_userinfo(&self, session: &Session) -> Option<KnownUserInfo> {
        let (userinfo, received_at) = self.userinfo_cache.0.get(&session.key)?;
        let age = self.parts.clock.now().since(received_at);
        (age < REMEMBERED_FOR).then_some(KnownUserInfo { userinfo, age })
    }

    async fn with_token(
        &self,
        session: &Session,
        request_id: &RequestId,
        send: impl AsyncFn(&AccessToken) -> Result<Json, ProviderError>,
    ) -> Result<Json, FlowError> {
        let session = self.with_usable_token(session, request_id).await?;
        match send(&session.tokens.access_token).await {
            Ok(json) => return Ok(json),
            Err(ProviderError::TokenRefused(_)) => {}
            Err(error) => return Err(flow_error(error)),
        }
        let session = self.with_newer_token(&session, request_id).await?;
        send(&session.tokens.access_token).await.map_err(flow_error)
    }
}

fn flow_error(error: ProviderError) -> FlowError {
    match error {
        ProviderError::AccountDisabled(_) => FlowError::AccountDisabled,
        other => FlowError::Provider(other),
    }
}
