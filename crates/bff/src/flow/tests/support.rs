//! What the tests of the use cases share: a provider made of wiremock, replicas over one store, a session to begin with.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use tokio::runtime::Handle;
use tracing::Dispatch;
use tracing::subscriber::DefaultGuard;
use url::Url;
use wiremock::matchers::{body_string_contains, header, method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};
use zeroize::Zeroizing;

use super::failing_store::FailingStore;
use crate::config::ClientAuth;
use crate::domain::{
    AccessToken, Clock, KeyRing, Lifetimes, ManualClock, RefreshToken, RequestId, SealingKey,
    Session, SessionHash, SessionId, SessionKey, SystemClock, SystemEntropy, Timestamp, TokenSet,
    User, UserId,
};
use crate::flow::{Flows, LoginSettings, Parts, Refresher, Sessions, Tasks};
use crate::provider::{Identity, Provider, ProviderSettings};
use crate::store::{SealedStore, SessionStore};
use crate::upstream::Upstreams;

/// Where tokens are given.
pub const TOKEN: &str = "/api/oauth2/token";
/// Where an account is described.
pub const USERINFO: &str = "/api/oauth2/userinfo";
/// Where tokens are revoked.
pub const REVOKE: &str = "/api/oauth2/revoke";

/// A clock that stands still.
pub fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::starting_at(Timestamp::from_millis(1_000_000)))
}

/// A provider that does only what a test mounts on it.
pub async fn provider() -> MockServer {
    MockServer::start().await
}

/// The token endpoint gives this answer to refreshes, `delay` after being asked.
pub async fn answer_refreshes(
    provider: &MockServer,
    status: u16,
    answer: serde_json::Value,
    delay: Duration,
) {
    let response = ResponseTemplate::new(status)
        .set_body_json(answer)
        .set_delay(delay);
    Mock::given(method("POST"))
        .and(path(TOKEN))
        .and(body_string_contains("grant_type=refresh_token"))
        .respond_with(response)
        .mount(provider)
        .await;
}

/// What a token endpoint gives.
pub fn tokens(number: u32) -> serde_json::Value {
    json!({
        "access_token": format!("access {number}").replace(' ', "-"),
        "refresh_token": format!("refresh-{number}"),
        "token_type": "Bearer",
        "expires_in": 7200,
    })
}

/// How often an endpoint was called.
pub async fn calls(provider: &MockServer, endpoint: &str) -> usize {
    let requests = provider.received_requests().await.unwrap_or_default();
    requests
        .iter()
        .filter(|request| request.url.path() == endpoint)
        .count()
}

/// One replica over `store`.
pub fn replica(store: &Arc<dyn SessionStore>, provider: &MockServer) -> Flows {
    Flows::new(parts(store, provider, Arc::new(SystemClock)))
}

/// Renews the tokens in `store` like one replica.
pub fn refresher(store: &Arc<dyn SessionStore>, provider: &MockServer) -> Arc<Refresher> {
    refresher_at(store, provider, Arc::new(SystemClock))
}

/// The same at the time of `clock`.
pub fn refresher_at(
    store: &Arc<dyn SessionStore>,
    provider: &MockServer,
    clock: Arc<dyn Clock>,
) -> Arc<Refresher> {
    let parts = parts(store, provider, clock);
    parts.refresher(&parts.revoker())
}

/// The name of the program.
pub fn identity() -> Identity {
    Identity::new("test-app").unwrap()
}

/// What a replica over `store` is made of.
pub fn parts(store: &Arc<dyn SessionStore>, provider: &MockServer, clock: Arc<dyn Clock>) -> Parts {
    let keys = KeyRing::new(SealingKey::new(Zeroizing::new([7; 32])), Vec::new());
    let base = Url::parse(&provider.uri()).unwrap();
    let settings = ProviderSettings {
        definition: aihubmix::provider(),
        identity: identity(),
        client_id: "client".to_owned(),
        client_secret: "secret".to_owned().into(),
        redirect_uri: "http://127.0.0.1:3000/oauth/callback".to_owned(),
        browser_base: base.clone(),
        server_base: base,
        scope: "profile balance".to_owned(),
        auto_authorize: true,
        client_auth: ClientAuth::Body,
        paths: crate::provider::EndpointPaths {
            revocation: Some(REVOKE.to_owned()),
            ..crate::provider::EndpointPaths::default()
        },
        userinfo_fields: Vec::new(),
        connect_timeout: Duration::from_secs(5),
        total_timeout: Duration::from_secs(30),
        refresh_timeout: Duration::from_secs(40),
    };
    Parts {
        provider: Arc::new(Provider::new(settings, Arc::clone(&clock)).unwrap()),
        clock,
        entropy: Arc::new(SystemEntropy),
        store: SealedStore::new(Arc::clone(store), keys.clone(), Arc::new(SystemEntropy)),
        keys,
        lifetimes: Lifetimes {
            idle: Duration::from_secs(3_600),
            absolute: Duration::from_secs(86_400),
        },
        login: login_settings(),
        upstreams: Upstreams::new(&[], Duration::from_secs(5), identity()).unwrap(),
        last_call: Duration::from_secs(1),
        event_streams: 100,
        refresh_wait: Duration::from_secs(30),
        tasks: Tasks::new(Handle::current()),
    }
}

/// The settings of logins, with nothing special.
pub const fn login_settings() -> LoginSettings {
    LoginSettings {
        pkce: true,
        issuer: None,
        absolute_ttl: Duration::from_secs(86_400),
        max_per_user: None,
    }
}

/// Use cases, and what they are built over.
pub struct Place<U> {
    /// Revokes whatever it is given.
    pub provider: MockServer,
    /// Fails on request.
    pub store: Arc<FailingStore>,
    /// Stands still.
    pub clock: Arc<ManualClock>,
    /// What `build` made.
    pub use_case: U,
}

impl<U> Place<U> {
    /// Over a store whose first swaps fail.
    pub async fn new(failing_swaps: u32, build: impl FnOnce(Parts) -> U) -> Self {
        let provider = provider().await;
        answer_revocations(&provider).await;
        let store = Arc::new(FailingStore::failing_swaps(failing_swaps));
        let clock = clock();
        let parts = parts(
            &(Arc::clone(&store) as Arc<dyn SessionStore>),
            &provider,
            Arc::clone(&clock) as Arc<dyn Clock>,
        );
        Self {
            use_case: build(parts),
            provider,
            store,
            clock,
        }
    }
}

impl Refresher {
    /// A session whose access token has just run out.
    pub async fn session_at_expiry(&self) -> Session {
        stored_session(&self.store, self.clock.now()).await.1
    }
}

impl Sessions {
    /// A session whose access token has just run out, with the id that its browser has.
    pub async fn signed_in(&self) -> (SessionId, Session) {
        stored_session(&self.store, self.now()).await
    }
}

/// A session of a browser that has signed in, with the id that the browser has.
pub async fn signed_in(flows: &Flows) -> (SessionId, Session) {
    flows.sessions.signed_in().await
}

/// A session whose access token runs out now, and the id that its browser has.
pub async fn stored_session(store: &SealedStore, now: Timestamp) -> (SessionId, Session) {
    let id = SessionId::random(&SystemEntropy);
    let session = Session {
        key: SessionKey::from_id(&id),
        hash: SessionHash::default(),
        user: User {
            id: Some(UserId::new("7")),
            username: Some("demo".to_owned()),
        },
        device: "Chrome on Linux".to_owned(),
        created_at: now,
        last_seen_at: now,
        absolute_expires_at: now.plus(Duration::from_secs(86_400)),
        tokens: TokenSet {
            access_token: AccessToken::new("access-0"),
            refresh_token: Some(RefreshToken::new("refresh-0")),
            scope: Some("profile balance".to_owned()),
            obtained_at: Timestamp::from_millis(0),
            expires_at: now,
        },
        version: 1,
        app_data: BTreeMap::new(),
    };
    store.create(&session).await.unwrap();
    (id, session)
}

/// The token endpoint gives these tokens for any authorization code.
pub async fn answer_exchanges(provider: &MockServer, status: u16, answer: serde_json::Value) {
    Mock::given(path(TOKEN))
        .and(body_string_contains("grant_type=authorization_code"))
        .respond_with(ResponseTemplate::new(status).set_body_json(answer))
        .mount(provider)
        .await;
}

/// Makes the userinfo endpoint give this answer to requests with `access_token`.
pub async fn answer_userinfo(
    provider: &MockServer,
    access_token: &str,
    status: u16,
    answer: serde_json::Value,
) {
    Mock::given(path(USERINFO))
        .and(header("authorization", format!("Bearer {access_token}")))
        .respond_with(ResponseTemplate::new(status).set_body_json(answer))
        .mount(provider)
        .await;
}

/// A place to revoke tokens, which counts.
pub async fn answer_revocations(provider: &MockServer) {
    Mock::given(path(REVOKE))
        .respond_with(ResponseTemplate::new(200))
        .mount(provider)
        .await;
}

/// An id for a request of a test.
pub fn request() -> RequestId {
    RequestId::random(&SystemEntropy)
}

/// What this thread logs while the first value lives.
pub fn listen() -> ((DefaultGuard, Dispatch), Log) {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_writer(move || writer.clone())
        .finish();
    let guard = tracing::subscriber::set_default(subscriber);
    // Beside a second one, this is asked of every line, also of those that a thread without any came to first.
    let second = Dispatch::new(tracing_subscriber::registry());
    ((guard, second), log)
}

/// Lines of JSON.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// The events in it, in their order.
    pub fn events(&self) -> Vec<String> {
        let bytes = self.0.lock().unwrap();
        let lines = String::from_utf8_lossy(&bytes);
        // Measured calls have no name, because only the metrics count them.
        let events = lines.lines().filter_map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).unwrap();
            line["fields"]["event"].as_str().map(str::to_owned)
        });
        events.collect()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
