//! Calls the provider's API with the session's access token.

use std::sync::Arc;

use super::error::FlowError;
use super::refresher::Refresher;
use super::single_flight::{SingleFlight, Tasks};
use super::userinfo_cache::{KnownUserInfo, UserInfoCache};
use crate::domain::provider::Json;
use crate::domain::{AccessToken, Clock, RequestId, Session, SessionKey, Timestamp};
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
    /// The calls of [`ApiCalls::userinfo_in_background`] that are under way.
    pub(super) userinfo_calls: SingleFlight<SessionKey, Result<Json, FlowError>>,
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
        self.with_token(session, request_id, Call::Api(call)).await
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
        let userinfo = self.with_token(session, request_id, Call::Userinfo).await?;
        let now = self.clock.now();
        self.userinfo_cache.remember(session.key, &userinfo, now);
        self.announce_change(session, &userinfo, now);
        Ok(userinfo)
    }

    /// Tells the open pages of the user, in all sessions and on all replicas, when the account is not what this replica last received of the user.
    fn announce_change(&self, session: &Session, userinfo: &Json, now: Timestamp) {
        let Some(user) = &session.user.id else { return };
        if self.userinfo_cache.is_news(user, userinfo, now) {
            let (store, change) = (self.store.clone(), Change::Account(user.clone()));
            self.tasks
                .spawn(async move { store.announce(&change).await });
        }
    }

    /// Same as [`userinfo`](Self::userinfo), in a task of its own. It continues when the caller goes away, so that
    /// [`last_known_userinfo`](Self::last_known_userinfo) has its result. Callers with the same session share one call at a time.
    ///
    /// # Errors
    /// As [`call`](Self::call).
    pub async fn userinfo_in_background(
        self: &Arc<Self>,
        session: &Session,
        request_id: &RequestId,
    ) -> Result<Json, FlowError> {
        let (this, session, request_id) = (Arc::clone(self), session.clone(), request_id.clone());
        let call = self.userinfo_calls.run(session.key, async move {
            this.userinfo(&session, &request_id).await
        });
        call.await.unwrap_or(Err(FlowError::Internal))
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
        call: Call<'_>,
    ) -> Result<Json, FlowError> {
        let newer = self.refresher.newer_if_needed(session, request_id).await?;
        let session = newer.as_ref().unwrap_or(session);
        let token = &session.tokens.access_token;
        match self.send(call, token, request_id).await {
            Ok(json) => return Ok(json),
            Err(ProviderError::TokenRefused(_)) => {}
            Err(error) => return Err(flow_error(error)),
        }
        let session = self.refresher.with_newer_token(session, request_id).await?;
        let again = self.send(call, &session.tokens.access_token, request_id);
        again.await.map_err(flow_error)
    }

    async fn send(
        &self,
        call: Call<'_>,
        token: &AccessToken,
        request_id: &RequestId,
    ) -> Result<Json, ProviderError> {
        match call {
            Call::Api(call) => self.provider.call_api(call, token, request_id).await,
            Call::Userinfo => self.provider.userinfo(token, request_id).await,
        }
    }
}

/// A call with the session's access token.
#[derive(Clone, Copy)]
enum Call<'c> {
    /// A call of the provider's API.
    Api(&'c ApiCall<'c>),
    /// The description of the user.
    Userinfo,
}

fn flow_error(error: ProviderError) -> FlowError {
    match error {
        ProviderError::AccountDisabled(_) => FlowError::AccountDisabled,
        other => FlowError::Provider(other),
    }
}
