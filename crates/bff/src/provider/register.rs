//! App registration: requests the client id and secret for this program with a developer's own token.
//!
//! This module must never show the token or the new secret. The `register` command calls it.

use std::time::Duration;

use oauth2::http::header::CONTENT_TYPE;
use oauth2::http::{Method, Request};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use url::Url;

use super::client::{HttpClient, bearer};
use super::decode::Endpoint;
use super::detail::Detail;
use super::error::ProviderError;
use super::settings::endpoint;

/// Maximum time to make a connection. No longer than for a login, because an operator waits at a terminal.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Maximum time of the whole call, for the same reason.
const TOTAL_TIMEOUT: Duration = Duration::from_secs(20);

/// A registered app.
#[derive(Clone, Debug)]
pub struct Registered {
    /// Its client id.
    pub client_id: String,
    /// Its client secret. It must be written only to a file that its owner alone can read.
    pub client_secret: SecretString,
    /// The redirect URI as the provider stored it, or the requested one when the response has none.
    pub redirect_uri: String,
}

/// Registers an app at `api`. The request is sent once.
///
/// # Errors
///
/// [`ProviderError::TokenRefused`] when the provider refuses the developer token, otherwise the reason why there is no usable response.
pub async fn register(
    api: &Url,
    developer_token: &SecretString,
    name: &str,
    description: &str,
    redirect_uri: &str,
) -> Result<Registered, ProviderError> {
    let unusable = |text: &str| ProviderError::Unusable(Detail::own(text));
    let http = HttpClient::new(api, CONNECT_TIMEOUT, TOTAL_TIMEOUT)
        .map_err(|_| unusable("the HTTP client cannot be made"))?;
    let url = endpoint(api, "/api/oauth_apps")
        .map_err(|_| unusable("the address is not http or https"))?;
    let body = json!({"name": name, "description": description, "redirect_uri": redirect_uri});
    let builder = Request::builder()
        .method(Method::POST)
        .header(CONTENT_TYPE, "application/json");
    let call = bearer(
        builder,
        &url,
        developer_token.expose_secret(),
        body.to_string().into_bytes(),
    )?;
    let object = http.send(Endpoint::Registration, call, None).await?;
    let client_id = object.text("client_id");
    let client_secret = object.text("client_secret");
    let (Some(client_id), Some(client_secret)) = (client_id, client_secret) else {
        return Err(unusable("the answer holds no client secret"));
    };
    Ok(Registered {
        client_id,
        client_secret: SecretString::from(client_secret),
        redirect_uri: object
            .text("redirect_uri")
            .unwrap_or_else(|| redirect_uri.to_owned()),
    })
}
