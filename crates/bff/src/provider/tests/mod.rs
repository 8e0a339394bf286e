//! The provider client as its callers see it: with a scripted server, broken connections and malformed responses.

mod broken;
mod canaries;
mod connections;
mod login;
mod properties;
mod resources;
mod tolerances;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use secrecy::SecretString;
use url::Url;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::{Identity, Provider, ProviderError, ProviderSettings, Registered, Registrar};
use crate::config::ClientAuth;
use crate::domain::provider::NewClient;
use crate::domain::{
    AccessToken, AuthorizationCode, CodeVerifier, Entropy, ManualClock, RefreshToken, RequestId,
    Timestamp,
};

/// Where the clock of these tests stands.
const NOW: i64 = 1_700_000_000_000;

struct Fixed;

impl Entropy for Fixed {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(7);
    }
}

fn request() -> RequestId {
    RequestId::random(&Fixed)
}

fn identity() -> Identity {
    Identity::new("test-app").unwrap()
}

fn settings(server: &str) -> ProviderSettings {
    ProviderSettings {
        definition: aihubmix::provider(),
        identity: identity(),
        client_id: "client_1".into(),
        client_secret: SecretString::from("CS-CANARY-1"),
        redirect_uri: "https://app.test/oauth/callback".to_owned(),
        browser_base: Url::parse("https://as.test/login?tenant=t1").unwrap(),
        server_base: Url::parse(server).unwrap(),
        scope: "profile balance".into(),
        auto_authorize: true,
        client_auth: ClientAuth::Body,
        paths: crate::provider::EndpointPaths {
            revocation: Some("/api/oauth2/revoke".into()),
            ..crate::provider::EndpointPaths::default()
        },
        userinfo_fields: Vec::new(),
        connect_timeout: Duration::from_secs(5),
        total_timeout: Duration::from_secs(20),
        refresh_timeout: Duration::from_secs(20),
    }
}

fn provider_of(settings: ProviderSettings) -> Provider {
    let clock = ManualClock::starting_at(Timestamp::from_millis(NOW));
    Provider::new(settings, Arc::new(clock)).unwrap()
}

fn provider(server: &str) -> Provider {
    provider_of(settings(server))
}

/// Registers the app `n` with the description `d`.
async fn register(
    api: &Url,
    token: &SecretString,
    redirect_uri: &str,
) -> Result<Registered, ProviderError> {
    let definition = aihubmix::provider();
    let registrar = Registrar {
        definition,
        registration: definition.registration.unwrap(),
        api,
        identity: identity(),
    };
    let client = NewClient {
        name: "n",
        description: "d",
        redirect_uri,
    };
    registrar.register(&client, token).await
}

fn code() -> AuthorizationCode {
    AuthorizationCode::new("CODE-CANARY-1")
}

fn verifier() -> CodeVerifier {
    CodeVerifier::new("VERIFIER-CANARY-4567890123456789012345678901")
}

fn access() -> AccessToken {
    AccessToken::new("AT-CANARY-1")
}

fn refresh() -> RefreshToken {
    RefreshToken::new("RT-CANARY-1")
}

/// A server with one answer.
async fn server(verb: &str, at: &str, answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method(verb))
        .and(path(at))
        .respond_with(answer)
        .mount(&server)
        .await;
    server
}

/// The request of a call, which was sent once.
async fn only_request(server: &MockServer) -> Request {
    let mut requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 1, "the call is sent once");
    requests.remove(0)
}

/// The members of a form; each must be there once.
fn form(request: &Request) -> HashMap<String, String> {
    let mut members = HashMap::new();
    for (name, value) in url::form_urlencoded::parse(&request.body) {
        let before = members.insert(name.to_string(), value.to_string());
        assert!(before.is_none(), "{name} twice");
    }
    members
}

/// What a form is expected to be.
fn members(pairs: &[(&str, &str)]) -> HashMap<String, String> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}
