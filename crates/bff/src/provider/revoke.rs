//! Token revocation (RFC 7009), for logout.
//!
//! The request is sent once, as every call that carries a refresh token. The form is built by hand, because the `oauth2` crate refuses plain http
//! here, and the sandbox on loopback needs it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use oauth2::http::header::{AUTHORIZATION, CONTENT_TYPE};
use oauth2::http::{Method, Request, Uri};
use secrecy::ExposeSecret as _;
use url::form_urlencoded::{Serializer, byte_serialize};

use super::detail::Detail;
use super::error::ProviderError;
use super::token::Provider;
use crate::config::ClientAuth;
use crate::domain::provider::Endpoint;
use crate::domain::{RefreshToken, RequestId};

/// The result of a revocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revocation {
    /// The provider accepted the request: the token is no longer valid there.
    Revoked,
    /// The provider has no revocation endpoint. Nothing was sent.
    NotSupported,
}

impl Provider {
    /// Revokes a refresh token, and with it the tokens that depend on it (RFC 7009 §2.1).
    ///
    /// # Errors
    ///
    /// [`ProviderError::Unavailable`] means that the token is still valid and that a later try makes sense (RFC 7009 §2.2.1). The caller must end
    /// the session here whatever the error.
    pub async fn revoke(
        &self,
        token: &RefreshToken,
        request: &RequestId,
    ) -> Result<Revocation, ProviderError> {
        let Some(uri) = &self.revocation_uri else {
            return Ok(Revocation::NotSupported);
        };
        let call = self.revocation_request(uri, token)?;
        self.http
            .send(Endpoint::Revocation, call.into(), Some(request))
            .await?;
        Ok(Revocation::Revoked)
    }

    /// Creates the form of RFC 7009 §2.1 with the client authentication.
    fn revocation_request(
        &self,
        uri: &Uri,
        token: &RefreshToken,
    ) -> Result<Request<Vec<u8>>, ProviderError> {
        let settings = &self.settings;
        let client = self.client();
        let secret = client.secret.expose_secret();
        let mut form = Serializer::new(String::new());
        form.append_pair("token", token.reveal());
        form.append_pair("token_type_hint", "refresh_token");
        let mut call = Request::builder()
            .method(Method::POST)
            .uri(uri.clone())
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        match settings.client_auth {
            ClientAuth::Body => {
                form.append_pair("client_id", &settings.client_id);
                form.append_pair("client_secret", secret);
            }
            ClientAuth::Basic => {
                let encode = |part: &str| byte_serialize(part.as_bytes()).collect::<String>();
                let pair = format!("{}:{}", encode(&settings.client_id), encode(secret));
                call = call.header(AUTHORIZATION, format!("Basic {}", STANDARD.encode(pair)));
            }
        }
        call.body(form.finish().into_bytes())
            .map_err(|_| ProviderError::Unusable(Detail::new("the request cannot be sent")))
    }
}
