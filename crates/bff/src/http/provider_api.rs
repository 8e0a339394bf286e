//! [`ProviderApi`]: calls to the provider's API from the handlers of an app.

use std::future::{Future, Ready, ready};
use std::time::Duration;

use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, dev::Payload};
use serde::Serialize;

use super::api_error::ApiError;
use super::context::RequestContext;
use super::state::AppState;
use crate::domain::provider::Json;
use crate::domain::{ErrorCode, Session};
use crate::flow::{FlowError, KnownUserInfo};
use crate::provider::ApiCall;

/// Calls the provider's API with the access token of a session. The token stays on the server. It is refreshed before it expires, and once after the
/// provider has refused it; then the call is repeated once.
///
/// ```no_run
/// use actix_web::HttpResponse;
/// use bff::{ApiError, ProviderApi, SignedIn};
///
/// async fn models(SignedIn(session): SignedIn, api: ProviderApi) -> Result<HttpResponse, ApiError> {
///     let models = api.get(&session, "/v1/models").await?;
///     Ok(HttpResponse::Ok().json(models))
/// }
/// ```
#[derive(Clone)]
pub struct ProviderApi {
    state: Data<AppState>,
    context: RequestContext,
    limit: Option<Duration>,
}

impl ProviderApi {
    /// Returns the same with a time limit for each call. After it the call fails with `provider_timeout` (504). A refresh that the call has started continues.
    #[must_use]
    pub fn within(&self, limit: Duration) -> Self {
        Self {
            limit: Some(limit),
            ..self.clone()
        }
    }

    /// Sends a `GET` to a path of `oauth.api_server`, and returns the JSON of the response. The path may have a query. A call whose connection breaks
    /// before any response is sent once more.
    ///
    /// # Errors
    /// The error to answer with: `session_expired` (401) when the session has ended, `forbidden` (403), `provider_error` (502),
    /// `provider_unavailable` (503) or `store_unavailable` (503) with `Retry-After`, `provider_timeout` (504). A `provider_error` because of a 4xx of the
    /// provider carries that status: [`ApiError::provider_status`].
    pub async fn get(&self, session: &Session, path: &str) -> Result<Json, ApiError> {
        let (flows, request_id) = (&self.state.flows, self.context.request_id());
        let call = ApiCall::get(path);
        self.finish(Box::pin(flows.api.call(session, &call, request_id)))
            .await
    }

    /// Sends a `POST` with a JSON body to a path of `oauth.api_server`, and returns the JSON of the response: `null` for a response without a body.
    /// The call is not repeated once the provider may have taken it.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn post(
        &self,
        session: &Session,
        path: &str,
        body: &impl Serialize,
    ) -> Result<Json, ApiError> {
        let (flows, request_id) = (&self.state.flows, self.context.request_id());
        let body = serde_json::to_vec(body);
        let body = body.map_err(|error| ApiError::internal_error(&error))?;
        let call = ApiCall::post(path, &body);
        self.finish(Box::pin(flows.api.call(session, &call, request_id)))
            .await
    }

    /// Requests the description of the session's user from the provider's userinfo endpoint.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn userinfo(&self, session: &Session) -> Result<Json, ApiError> {
        let (flows, request_id) = (&self.state.flows, self.context.request_id());
        self.finish(Box::pin(flows.api.userinfo(session, request_id)))
            .await
    }

    /// Same as [`userinfo`](Self::userinfo) for a page, which waits for at most `provider.page_wait_ms`, so that the browser never shows an empty tab.
    /// Returns `None` when the provider, or a refresh of the token, takes longer. The call continues then, also after the response, and
    /// [`last_known_userinfo`](Self::last_known_userinfo) has its result. Pages of one session share one call at a time.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn userinfo_for_page(&self, session: &Session) -> Result<Option<Json>, ApiError> {
        let (api, request_id) = (&self.state.flows.api, self.context.request_id());
        let call = Box::pin(api.userinfo_in_background(session, request_id));
        match tokio::time::timeout(self.state.page_wait, call).await {
            Ok(outcome) => Ok(Some(outcome?)),
            Err(_) => Ok(None),
        }
    }

    /// Returns what [`userinfo`](Self::userinfo) last returned in this session, with its age; `None` when this replica has nothing from the last day.
    /// For pages that are requested while the provider is slow or unavailable.
    #[must_use]
    pub fn last_known_userinfo(&self, session: &Session) -> Option<KnownUserInfo> {
        self.state.flows.api.last_known_userinfo(session)
    }

    /// Returns whether the sandbox is the provider. Its links use plain http on loopback.
    #[must_use]
    pub fn is_sandbox(&self) -> bool {
        self.state.sandbox.is_some()
    }

    async fn finish(
        &self,
        call: impl Future<Output = Result<Json, FlowError>>,
    ) -> Result<Json, ApiError> {
        let outcome = match self.limit {
            None => call.await,
            Some(limit) => tokio::time::timeout(limit, call)
                .await
                .map_err(|_| ApiError::from(ErrorCode::ProviderTimeout))?,
        };
        outcome.map_err(ApiError::from)
    }
}

impl FromRequest for ProviderApi {
    type Error = ApiError;
    type Future = Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(state) = request.app_data::<Data<AppState>>().cloned() else {
            return ready(Err(ErrorCode::InternalError.into()));
        };
        ready(Ok(Self {
            state,
            context: RequestContext::from_http(request),
            limit: None,
        }))
    }
}

#[cfg(test)]
mod tests;
