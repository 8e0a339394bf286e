//! The provider client itself, and its token calls: authorization URL, code exchange, refresh.
//!
//! A code exchange and a refresh are not repeated once the provider may have taken them. An error of the `oauth2` crate must never be logged,
//! because it may contain the response. The login and refresh flows call this module.

use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use hyper::Uri;
use oauth2::basic::{BasicClient, BasicErrorResponse, BasicTokenResponse};
use oauth2::{
    AsyncHttpClient, AuthType, AuthUrl, ClientId, ClientSecret, CsrfToken, EndpointNotSet,
    EndpointSet, HttpRequest, HttpResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    RequestTokenError, Scope, TokenResponse as _, TokenUrl,
};
use secrecy::{ExposeSecret as _, SecretString};
use url::Url;

use super::client::HttpClient;
use super::detail::Detail;
use super::error::ProviderError;
use super::grant::{self, BadGrant};
use super::settings::{ProviderSettings, SettingsError, endpoint, uri};
use crate::config::ClientAuth;
use crate::domain::provider::Endpoint;
use crate::domain::{
    AccessToken, AuthorizationCode, Clock, CodeVerifier, RefreshToken, RequestId, State, TokenSet,
};

type OAuth = BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

/// The client of one provider. Created once and shared by all requests. It keeps connections open between calls.
pub struct Provider {
    pub(super) settings: ProviderSettings,
    pub(super) http: HttpClient,
    pub(super) revocation_uri: Option<Uri>,
    /// The address of the userinfo endpoint. Built once, because every call of a page uses it.
    pub(super) userinfo_uri: Uri,
    client: RwLock<Arc<Client>>,
    clock: Arc<dyn Clock>,
}

/// What changes with the client secret.
pub(super) struct Client {
    oauth: OAuth,
    pub(super) secret: SecretString,
}

impl Client {
    fn new(settings: &ProviderSettings, secret: SecretString) -> Result<Self, SettingsError> {
        let (paths, defined) = (&settings.paths, settings.definition.endpoints);
        let authorize = paths.authorize.as_deref().unwrap_or(defined.authorize);
        let auth_url = endpoint(&settings.browser_base, authorize)?;
        let token = paths.token.as_deref().unwrap_or(defined.token);
        let token_url = endpoint(&settings.server_base, token)?;
        let auth_type = match settings.client_auth {
            ClientAuth::Body => AuthType::RequestBody,
            ClientAuth::Basic => AuthType::BasicAuth,
        };
        let redirect_uri = RedirectUrl::new(settings.redirect_uri.clone())
            .map_err(|_| SettingsError::RedirectUri)?;
        let oauth = BasicClient::new(ClientId::new(settings.client_id.clone()))
            .set_client_secret(ClientSecret::new(secret.expose_secret().to_owned()))
            .set_auth_type(auth_type)
            .set_redirect_uri(redirect_uri)
            .set_auth_uri(AuthUrl::from_url(auth_url))
            .set_token_uri(TokenUrl::from_url(token_url));
        Ok(Self { oauth, secret })
    }
}

impl Provider {
    /// Creates a client with these settings. Opens no connection yet.
    ///
    /// # Errors
    ///
    /// [`SettingsError`] when an address or the TLS set-up cannot be used.
    pub fn new(settings: ProviderSettings, clock: Arc<dyn Clock>) -> Result<Self, SettingsError> {
        let (paths, defined) = (&settings.paths, settings.definition.endpoints);
        let client = Client::new(&settings, settings.client_secret.clone())?;
        let userinfo = paths.userinfo.as_deref().unwrap_or(defined.userinfo);
        let userinfo_uri = uri(endpoint(&settings.server_base, userinfo)?)?;
        let revocation_uri = paths
            .revocation
            .as_deref()
            .or(defined.revocation)
            .map(|path| uri(endpoint(&settings.server_base, path)?))
            .transpose()?;
        Ok(Self {
            http: HttpClient::new(
                &settings.server_base,
                settings.connect_timeout,
                settings.total_timeout,
                &settings.identity.user_agent(),
                settings.definition,
            )?
            .with_userinfo_fields(settings.userinfo_fields.clone()),
            revocation_uri,
            userinfo_uri,
            client: RwLock::new(Arc::new(client)),
            settings,
            clock,
        })
    }

    /// Uses another client secret from now on (RFC 6749 §2.3.1). Returns false when it is the same secret.
    ///
    /// # Errors
    ///
    /// [`SettingsError`] as [`new`](Self::new).
    pub fn replace_client_secret(&self, secret: SecretString) -> Result<bool, SettingsError> {
        if self.client().secret.expose_secret() == secret.expose_secret() {
            return Ok(false);
        }
        let client = Arc::new(Client::new(&self.settings, secret)?);
        *self.client.write().unwrap_or_else(PoisonError::into_inner) = client;
        Ok(true)
    }

    pub(super) fn client(&self) -> Arc<Client> {
        Arc::clone(&self.client.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns the URL to redirect the browser to (RFC 6749 §4.1.1, RFC 7636 §4.3 with S256). It has every parameter once, and keeps a query of the
    /// configured address.
    #[must_use]
    pub fn authorization_url(&self, state: &State, verifier: Option<&CodeVerifier>) -> Url {
        let state = CsrfToken::new(state.reveal().to_owned());
        let client = self.client();
        let mut request = client
            .oauth
            .authorize_url(|| state)
            .add_scope(Scope::new(self.settings.scope.clone()));
        if let Some(verifier) = verifier {
            let verifier = PkceCodeVerifier::new(verifier.reveal().to_owned());
            request =
                request.set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        }
        if let Some((name, value)) = self.settings.definition.skip_consent
            && self.settings.auto_authorize
        {
            request = request.add_extra_param(name, value);
        }
        let (url, _state) = request.url();
        url
    }

    /// Returns the maximum time of a refresh.
    #[must_use]
    pub const fn refresh_timeout(&self) -> Duration {
        self.settings.refresh_timeout
    }

    /// Spends an authorization code (RFC 6749 §4.1.3). The request is sent once. After any error the code counts as spent.
    ///
    /// # Errors
    ///
    /// [`ProviderError::GrantRefused`] when the provider refuses the code, otherwise the reason why there is no usable response.
    pub async fn exchange_code(
        &self,
        code: &AuthorizationCode,
        verifier: Option<&CodeVerifier>,
        request: &RequestId,
    ) -> Result<TokenSet, ProviderError> {
        let code = oauth2::AuthorizationCode::new(code.reveal().to_owned());
        let client = self.client();
        let mut exchange = client.oauth.exchange_code(code);
        if let Some(verifier) = verifier {
            let verifier = PkceCodeVerifier::new(verifier.reveal().to_owned());
            exchange = exchange.set_pkce_verifier(verifier);
        }
        let call = TokenCall {
            provider: self,
            limit: self.settings.total_timeout,
            request,
        };
        let answer = exchange
            .request_async(&call)
            .await
            .map_err(into_provider_error)?;
        Ok(self.token_set(&answer))
    }

    /// Spends a refresh token (RFC 6749 §6). The request is sent once. When the response has no new refresh token, the result keeps the old one.
    ///
    /// # Errors
    ///
    /// [`ProviderError::GrantRefused`] when the refresh token is permanently invalid. After any other error it is still valid, as far as this
    /// client can know.
    pub async fn refresh(
        &self,
        token: &RefreshToken,
        request: &RequestId,
    ) -> Result<TokenSet, ProviderError> {
        let old = oauth2::RefreshToken::new(token.reveal().to_owned());
        let call = TokenCall {
            provider: self,
            limit: self.settings.refresh_timeout,
            request,
        };
        let client = self.client();
        let exchange = client.oauth.exchange_refresh_token(&old);
        let answer = exchange
            .request_async(&call)
            .await
            .map_err(into_provider_error)?;
        let mut tokens = self.token_set(&answer);
        tokens.refresh_token.get_or_insert_with(|| token.clone());
        Ok(tokens)
    }

    fn token_set(&self, answer: &BasicTokenResponse) -> TokenSet {
        let now = self.clock.now();
        let lifetime = answer.expires_in().unwrap_or_default();
        TokenSet {
            access_token: AccessToken::new(answer.access_token().secret().as_str()),
            refresh_token: answer
                .refresh_token()
                .map(|token| RefreshToken::new(token.secret().as_str())),
            scope: answer.scopes().map(|scopes| {
                let words: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
                words.join(" ")
            }),
            obtained_at: now,
            expires_at: now.plus(lifetime),
        }
    }
}

/// Sends a token request for the `oauth2` crate, which receives a plain success or this program's own error.
struct TokenCall<'p> {
    provider: &'p Provider,
    limit: Duration,
    request: &'p RequestId,
}

impl<'c> AsyncHttpClient<'c> for TokenCall<'_> {
    type Error = ProviderError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, ProviderError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let http = &self.provider.http;
            let object = http
                .send_within(
                    self.limit,
                    Endpoint::Token,
                    request.into(),
                    Some(self.request),
                )
                .await?;
            let body = grant::normalise(&object).map_err(|bad| {
                ProviderError::Unusable(Detail::new(match bad {
                    BadGrant::AccessToken => "the access token is missing or not usable as one",
                    BadGrant::RefreshToken => "the refresh token is too long to be kept",
                    BadGrant::TokenType => "the token type is not Bearer",
                }))
            })?;
            Ok(HttpResponse::new(body))
        })
    }
}

/// Returns this program's own error out of the crate's error. The other kinds cannot occur with a plain response, and their text is not used.
fn into_provider_error(
    error: RequestTokenError<ProviderError, BasicErrorResponse>,
) -> ProviderError {
    match error {
        RequestTokenError::Request(error) => error,
        RequestTokenError::ServerResponse(_)
        | RequestTokenError::Parse(..)
        | RequestTokenError::Other(_) => {
            ProviderError::Unusable(Detail::new("the token response cannot be read"))
        }
    }
}
