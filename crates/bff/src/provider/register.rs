//! App registration: requests the client id and secret for this program with a developer's own token.
//!
//! This module must never show the token or the new secret. The `register` command calls it.

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::client::HttpClient;
use super::detail::Detail;
use super::error::ProviderError;
use super::identity::Identity;
use super::request::ProviderRequest;
use super::settings::{endpoint, uri};
use crate::domain::provider::{Endpoint, NewClient, ProviderDefinition, Registration};

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

/// Registers apps at a provider.
pub struct Registrar<'a> {
    /// The provider's definition.
    pub definition: ProviderDefinition,
    /// How this provider registers apps.
    pub registration: Registration,
    /// The address of the API.
    pub api: &'a Url,
    /// The name of this program in `User-Agent`.
    pub identity: Identity,
}

impl Registrar<'_> {
    /// Registers an app. The request is sent once.
    ///
    /// # Errors
    ///
    /// [`ProviderError::TokenRefused`] when the provider refuses the developer token, otherwise the reason why there is no usable response.
    pub async fn register(
        &self,
        client: &NewClient<'_>,
        developer_token: &SecretString,
    ) -> Result<Registered, ProviderError> {
        let unusable = |text: &str| ProviderError::Unusable(Detail::new(text));
        let http = HttpClient::new(
            self.api,
            CONNECT_TIMEOUT,
            TOTAL_TIMEOUT,
            &self.identity.user_agent(),
            self.definition,
        )
        .map_err(|_| unusable("the HTTP client cannot be created"))?;
        let uri = endpoint(self.api, self.registration.path)
            .and_then(uri)
            .map_err(|_| unusable("the address is not http or https"))?;
        let body = (self.registration.body)(client).into_bytes();
        let call = ProviderRequest::post_json(uri, developer_token.expose_secret(), body.into())?;
        let made = http.send(Endpoint::Registration, call, None).await?;
        let (Some(client_id), Some(client_secret)) =
            (made.text("client_id"), made.text("client_secret"))
        else {
            return Err(unusable("the response holds no client secret"));
        };
        Ok(Registered {
            client_id,
            client_secret: SecretString::from(client_secret),
            redirect_uri: made
                .text("redirect_uri")
                .unwrap_or_else(|| client.redirect_uri.to_owned()),
        })
    }
}
