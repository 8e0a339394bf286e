//! Whether the provider accepts this client: its credentials and its redirect URI. Nothing is signed in and nothing is spent.

use std::sync::Arc;

use reqwest::header::{HeaderMap, LOCATION};
use url::Url;

use crate::domain::{
    AuthorizationCode, CodeVerifier, RequestId, State, SystemClock, SystemEntropy,
};
use crate::provider::{Provider, ProviderError, ProviderSettings, Visitor};

use super::finding::{Check, Finding};
use super::scene::Scene;

/// The code of the token call. No provider issues it.
const WRONG_CODE: &str = "doctor-asks-with-a-wrong-code";

/// Examines credentials and redirect URI.
pub async fn examine(scene: &Scene<'_>, visitor: &Visitor) -> Vec<Finding> {
    if scene.provider.client_id.is_empty() {
        let what = "not measured: the sandbox of the program makes its own credentials";
        let fix =
            "set OAUTH_CLIENT_ID, OAUTH_CLIENT_SECRET and OAUTH_AUTH_SERVER to use a provider";
        return vec![Check::Client.note(what, fix)];
    }
    vec![credentials(scene).await, redirect_uri(scene, visitor).await]
}

fn client(settings: ProviderSettings) -> Option<Provider> {
    Provider::new(settings, Arc::new(SystemClock)).ok()
}

/// Sends a token call with a wrong code. A provider that knows the client refuses the code (`invalid_grant`), another one the client
/// (`invalid_client`, RFC 6749 §5.2).
async fn credentials(scene: &Scene<'_>) -> Finding {
    const CHECK: Check = Check::Client;
    let unknown = |what: &str| {
        CHECK.note(
            format!("not measured: {what}"),
            "sign in once to see whether the credentials are right",
        )
    };
    let Some(client) = client(scene.provider.clone()) else {
        return unknown("the client for the provider cannot be made");
    };
    let code = AuthorizationCode::new(WRONG_CODE);
    let verifier = CodeVerifier::random(&SystemEntropy);
    let verifier = scene.config.oauth.pkce.then_some(&verifier);
    let id = RequestId::random(&SystemEntropy);
    match client.exchange_code(&code, verifier, &id).await {
        Err(ProviderError::GrantRefused { .. }) => {
            CHECK.good("the provider accepts the credentials")
        }
        Err(ProviderError::Misconfigured(_)) => CHECK.failed("the provider refuses the credentials of this client",
            "correct oauth.client_id and oauth.client_secret, and compare oauth.client_auth with what the provider expects",
        ),
        Err(ProviderError::Unavailable { .. } | ProviderError::Timeout(_)) => CHECK.failed("the token endpoint does not answer",
            "see whether the provider has an outage, and correct oauth.api_server",
        ),
        Ok(_) => CHECK.failed("the provider issued tokens for a code that no browser was given",
            "do not use this provider: it signs in without a login",
        ),
        Err(_) => unknown("the answer to a wrong code says nothing about the client"),
    }
}

/// How a provider answered an authorization request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    /// A page, or a redirect.
    Accepted,
    /// A status of 400 or above, without a redirect (RFC 6749 §4.1.2.1).
    Refused,
    Unknown,
}

/// Asks the authorization endpoint twice, with the redirect URI of the settings and with one that cannot be registered, because only the
/// difference shows whether the provider compares them before a user signs in.
async fn redirect_uri(scene: &Scene<'_>, visitor: &Visitor) -> Finding {
    const CHECK: Check = Check::RedirectUri;
    let mut other = scene.provider.clone();
    other.redirect_uri.push_str("-doctor-asks");
    let ours = ask(scene.provider.clone(), visitor).await;
    let others = ask(other, visitor).await;
    let uri = scene.config.oauth.redirect_uri.as_str();
    match (ours, others) {
        (Answer::Accepted, Answer::Refused) => {
            CHECK.good(format!("the provider accepts {uri}"))
        }
        (Answer::Refused, _) => CHECK.failed(format!("the provider refuses an authorization request with {uri}"),
            "register exactly this address at the provider, or write the registered one into oauth.redirect_uri; compare oauth.client_id too",
        ),
        (Answer::Accepted | Answer::Unknown, _) => CHECK.note("not measured: the provider answers a wrong redirect URI as it answers ours",
            format!("compare {uri} with the registered address, character by character"),
        ),
    }
}

async fn ask(settings: ProviderSettings, visitor: &Visitor) -> Answer {
    let redirect_uri = settings.redirect_uri.clone();
    let Some(client) = client(settings) else {
        return Answer::Unknown;
    };
    let verifier = CodeVerifier::random(&SystemEntropy);
    let url = client.authorization_url(&State::random(&SystemEntropy), Some(&verifier));
    let Ok(response) = visitor.get(url, HeaderMap::new()).await else {
        return Answer::Unknown;
    };
    let location = response
        .headers()
        .get(LOCATION)
        .and_then(|location| location.to_str().ok());
    let status = response.status();
    match location {
        // An error that comes back to the redirect URI shows that the provider accepts the URI.
        Some(location) if status.is_redirection() && location.starts_with(&redirect_uri) => {
            Answer::Accepted
        }
        Some(location) if status.is_redirection() && is_error(location) => Answer::Refused,
        _ if status.is_redirection() || status.is_success() => Answer::Accepted,
        _ if status.is_client_error() => Answer::Refused,
        _ => Answer::Unknown,
    }
}

/// Returns whether the provider redirects to an error page of its own.
fn is_error(location: &str) -> bool {
    let url = Url::parse(location)
        .or_else(|_| Url::parse("http://provider.invalid").and_then(|base| base.join(location)));
    url.is_ok_and(|url| url.query_pairs().any(|(name, _)| name == "error"))
}
