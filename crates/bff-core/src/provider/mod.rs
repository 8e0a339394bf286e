//! The definition of an OAuth2 provider, as plain values and pure functions: its paths, the meaning of its responses, its user.
//!
//! A crate for one provider makes a [`ProviderDefinition`]. The engine sends the requests and gives every response to [`ProviderDefinition::decode`].
//! Nothing here does I/O. A decoder must never take a response without the expected values for a success.

mod json;
mod response;

pub use json::{Json, Scalar};
pub use response::ProviderResponse;

use crate::session::User;

/// All that the engine must know about one provider.
#[derive(Clone, Copy, Debug)]
pub struct ProviderDefinition {
    /// The provider's name, for operators.
    pub name: &'static str,
    /// The paths of its endpoints.
    pub endpoints: Endpoints,
    /// Name and value of the authorization parameter that skips the consent page, when there is one. It is sent while `oauth.auto_authorize` is on.
    pub skip_consent: Option<(&'static str, &'static str)>,
    /// Reads a response of this endpoint. A success of the token endpoint is returned with the names of RFC 6749 §5.1, and one of the registration
    /// endpoint with those of RFC 7591 §3.2.1, whatever the provider puts around them.
    pub decode: fn(Endpoint<'_>, &ProviderResponse) -> Result<Json, Failure>,
    /// Reads the user of a new session from a success of the userinfo endpoint. Fails with [`FailureKind::AccountDisabled`] for a user who may not
    /// sign in.
    pub user: fn(&Json) -> Result<User, Failure>,
    /// How an app is registered. `None` when the provider has no endpoint for it.
    pub registration: Option<Registration>,
}

/// The paths of the endpoints, each with a leading slash.
#[derive(Clone, Copy, Debug)]
pub struct Endpoints {
    /// The authorization endpoint (RFC 6749 §3.1), under the address for browsers.
    pub authorize: &'static str,
    /// The token endpoint (RFC 6749 §3.2), under the address for servers, as all that follow.
    pub token: &'static str,
    /// The endpoint that describes the user.
    pub userinfo: &'static str,
    /// The revocation endpoint (RFC 7009), when there is one. The setting `oauth.revocation_path` replaces it.
    pub revocation: Option<&'static str>,
}

/// The registration of an app, with a developer's own token.
#[derive(Clone, Copy, Debug)]
pub struct Registration {
    /// The address of the API that registers apps.
    pub api: &'static str,
    /// The path of the endpoint.
    pub path: &'static str,
    /// The environment variable that holds the developer token.
    pub token_variable: &'static str,
    /// Returns the JSON body of the request.
    pub body: fn(&NewClient<'_>) -> String,
}

/// An app to register.
#[derive(Clone, Copy, Debug)]
pub struct NewClient<'a> {
    /// Its name, as users see it on the consent page.
    pub name: &'a str,
    /// One sentence about it. May be empty.
    pub description: &'a str,
    /// Its redirect URI.
    pub redirect_uri: &'a str,
}

/// The call that a response belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint<'a> {
    /// A code exchange or a refresh.
    Token,
    /// The description of the user.
    UserInfo,
    /// A token revocation.
    Revocation,
    /// An app registration.
    Registration,
    /// A call of the app to this path, without its query.
    Api(&'a str),
}

/// Why a response is not a success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// The token endpoint permanently refuses the code or the refresh token (`invalid_grant`, RFC 6749 §5.2). For a refresh this ends the session, so
    /// only a definite statement counts.
    GrantRefused,
    /// A resource endpoint refuses the access token (`invalid_token`, RFC 6750 §3.1).
    TokenRefused,
    /// The token does not permit the call (`insufficient_scope`, RFC 6750 §3.1).
    Forbidden,
    /// The account is disabled, banned or deleted.
    AccountDisabled,
    /// The provider does not accept this client. The operator must act.
    Misconfigured,
    /// The provider is down or overloaded.
    Unavailable,
    /// The response has another fault.
    Unusable,
}

/// A failure, with one line about it. The line may hold text of the provider. The engine masks secrets in it before it is logged.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The kind.
    pub kind: FailureKind,
    /// What the provider says, in one line.
    pub text: String,
    /// Whether the provider says that a refused grant was spent before (RFC 9700 §4.14.2).
    pub is_reuse: bool,
}

impl Failure {
    /// Creates a failure that is no reuse of a grant.
    #[must_use]
    pub fn new(kind: FailureKind, text: impl Into<String>) -> Self {
        Self {
            kind,
            text: text.into(),
            is_reuse: false,
        }
    }
}
