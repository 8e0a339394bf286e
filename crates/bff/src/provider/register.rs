//! App registration: makes the client id and secret that this program needs, with a developer's own token.
//!
//! Must never show the token or the new secret. The `register` command calls it.

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

/// A person waits at a terminal: longer than a login may take is of no use.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const TOTAL_TIMEOUT: Duration = Duration::from_secs(20);

/// A registered app.
#[derive(Clone, Debug)]
pub struct Registered {
    /// Its public name.
    pub client_id: String,
    /// Its secret: to be written to a file for its owner only.
    pub client_secret: SecretString,
    /// The redirect URI as the provider noted it; the one asked for when it does not say.
    pub redirect_uri: String,
}

/// Registers an app at `api`. Sent once.
///
/// # Errors
///
/// [`ProviderError::TokenRefused`] when the developer token is not accepted, else what kept the provider from answering.
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
