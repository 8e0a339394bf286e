//! Calls to the provider's API with an access token: userinfo, and the calls of the app.
//!
//! A `GET` is sent once more when its connection broke before any response. A `POST` is sent once, as far as the provider may have taken it.

use bytes::Bytes;

use super::detail::{Detail, Secrets};
use super::error::ProviderError;
use super::request::ProviderRequest;
use super::settings::{api_url, uri};
use super::token::Provider;
use crate::domain::provider::{Endpoint, Json};
use crate::domain::{AccessToken, RequestId, User};

/// A call to the provider's API.
#[derive(Clone, Copy)]
pub struct ApiCall<'a> {
    path: &'a str,
    body: Option<&'a [u8]>,
}

impl<'a> ApiCall<'a> {
    /// Creates a `GET`. `path` begins with a slash and may have a query.
    #[must_use]
    pub const fn get(path: &'a str) -> Self {
        Self { path, body: None }
    }

    /// Creates a `POST` of this JSON.
    #[must_use]
    pub const fn post(path: &'a str, json: &'a [u8]) -> Self {
        Self {
            path,
            body: Some(json),
        }
    }
}

impl Provider {
    /// Sends a call with this token, and reads the response.
    ///
    /// # Errors
    ///
    /// [`ProviderError::TokenRefused`] when a refresh may help; then the provider has not taken the call. Otherwise the reason why there is no usable
    /// response.
    pub async fn call_api(
        &self,
        call: &ApiCall<'_>,
        token: &AccessToken,
        request_id: &RequestId,
    ) -> Result<Json, ProviderError> {
        let (path, query) = match call.path.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (call.path, None),
        };
        let is_userinfo = path == self.settings.definition.endpoints.userinfo;
        let uri = match query {
            None if is_userinfo => self.userinfo_uri.clone(),
            _ => api_url(&self.settings.server_base, path, query)
                .and_then(|url| uri(url).ok())
                .ok_or_else(|| {
                    ProviderError::Unusable(Detail::new("the path of the call is not valid"))
                })?,
        };
        let endpoint = match (is_userinfo, call.body) {
            (true, None) => Endpoint::UserInfo,
            _ => Endpoint::Api(path),
        };
        let token = token.reveal();
        let request = match call.body {
            None => ProviderRequest::get(uri, token)?,
            Some(json) => ProviderRequest::post_json(uri, token, Bytes::copy_from_slice(json))?,
        };
        self.http.send(endpoint, request, Some(request_id)).await
    }

    /// Requests the description of the user.
    ///
    /// # Errors
    ///
    /// As [`call_api`](Self::call_api).
    pub async fn userinfo(
        &self,
        token: &AccessToken,
        request_id: &RequestId,
    ) -> Result<Json, ProviderError> {
        let call = ApiCall::get(self.settings.definition.endpoints.userinfo);
        self.call_api(&call, token, request_id).await
    }

    /// Requests the user of a new session.
    ///
    /// # Errors
    ///
    /// [`ProviderError::AccountDisabled`] when the user may not sign in; otherwise as [`call_api`](Self::call_api).
    pub async fn user(
        &self,
        token: &AccessToken,
        request_id: &RequestId,
    ) -> Result<User, ProviderError> {
        let userinfo = self.userinfo(token, request_id).await?;
        (self.settings.definition.user)(&userinfo)
            .map_err(|failure| ProviderError::from_failure(&failure, &Secrets::default(), None))
    }
}
