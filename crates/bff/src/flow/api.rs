//! Calls the provider's API with the session's access token.

use std::sync::Arc;

use super::error::FlowError;
use super::refresher::Refresher;
use super::single_flight::Tasks;
use super::userinfo_cache::{KnownUserInfo, UserInfoCache};
use crate::domain::provider::Json;
use crate::domain::{AccessToken, Clock, RequestId, Session};
use crate::provider::{ApiCall, Provider, ProviderError};
use crate::store::{Change, SealedStore};

/// Calls the provider's API for sessions.
pub struct ApiCalls {
    pub(super) provider: Arc<Provider>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) refresher: Arc<Refresher>,
    pub(super) store: SealedStore,
    pub(super) tasks: Tasks,
    pub(super) userinfo_cache: UserInfoCache,
}

impl ApiCalls {
    /// Calls the provider's API with a usable access token. If the provider refuses the token, the token is refreshed once and the call repeated
    /// once. Without a refresh token the session ends.
    ///
    /// # Errors
    /// [`FlowError::AccountDisabled`] when the provider says so; [`FlowError::SessionEnded`] when the session has ended. Any other error is temporary,
    /// and the session stays valid.
    pub async fn call(
        &self,
        session: &Session,
        call: &ApiCall<'_>,
        request_id: &RequestId,
    ) -> Result<Json, FlowError> {
        self.with_token(session, request_id, async |token| {
            self.provider.call_api(call, token, request_id).await
        })
        .await
    }

    /// Requests the description of the session's user, and remembers it for [`last_known_userinfo`](Self::last_known_userinfo).
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub async fn userinfo(
        &self,
        session: &Session,
        request_id: &RequestId,
    ) -> Result<Json, FlowError> {
        let userinfo = self
            .with_token(session, request_id, async |token| {
                self.provider.userinfo(token, request_id).await
            })
            .await?;
        let now = self.clock.now();
        self.userinfo_cache.remember(session.key, &userinfo, now);
        self.announce_change(session, &userinfo);
        Ok(userinfo)
    }

    /// Tells the open pages of the user, in all sessions and on all replicas, when the account is not what this replica last received of the user.
    fn announce_change(&self, session: &Session, userinfo: &Json) {
        let Some(user) = &session.user.id else { return };
        if self.userinfo_cache.is_news(user, userinfo) {
            let (store, change) = (self.store.clone(), Change::Account(user.clone()));
            self.tasks
                .spawn(async move { store.announce(&change).await });
        }
    }

    /// Returns the last userinfo that this replica received in this session; `None` when it received none within a day. Show it only with its age.
    #[must_use]
    pub fn last_known_userinfo(&self, session: &Session) -> Option<KnownUserInfo> {
        self.userinfo_cache
            .last_known(&session.key, self.clock.now())
    }

    async fn with_token(
        &self,
        session: &Session,
        request_id: &RequestId,
        send: impl AsyncFn(&AccessToken) -> Result<Json, ProviderError>,
    ) -> Result<Json, FlowError> {
        let newer = self.refresher.newer_if_needed(session, request_id).await?;
        let session = newer.as_ref().unwrap_or(session);
        match send(&session.tokens.access_token).await {
            Ok(json) => return Ok(json),
            Err(ProviderError::TokenRefused(_)) => {}
            Err(error) => return Err(flow_error(error)),
        }
        let session = self.refresher.with_newer_token(session, request_id).await?;
        send(&session.tokens.access_token).await.map_err(flow_error)
    }
}

fn flow_error(error: ProviderError) -> FlowError {
    match error {
        ProviderError::AccountDisabled(_) => FlowError::AccountDisabled,
        other => FlowError::Provider(other),
    }
}
