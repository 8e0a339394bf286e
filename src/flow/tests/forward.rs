//! Calls to an upstream, where the session or its tokens are not as they should be.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use url::Url;
use wiremock::matchers::{header, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::support::{calls, parts, provider, request, session_at_expiry};
use crate::config::{PathPattern, Proxy};
use crate::domain::{ErrorCode, Session, SystemClock, TokenSet};
use crate::flow::{FlowError, Flows, Forwarded, Parts};
use crate::store::{MemoryStore, SessionStore};
use crate::upstream::{Call, Content, Target, Upstreams};

/// A replica whose upstream is the provider's own server, and a session with a usable token.
async fn place(server: &MockServer, refresh_token: bool) -> (Flows, Session) {
    let store: Arc<dyn SessionStore> = Arc::new(MemoryStore::default());
    let upstream = Proxy {
        name: "models".to_owned(),
        upstream: Url::parse(&server.uri()).unwrap(),
        methods: vec!["GET".to_owned()],
        paths: vec![PathPattern::Below("/".to_owned())],
        max_body: 1_000,
        max_calls: 10,
        max_session_calls: 5,
        answer_timeout: Duration::from_secs(10),
        idle_timeout: Duration::from_secs(10),
    };
    let flows = Flows::new(Parts {
        upstreams: Upstreams::new(&[upstream], Duration::from_secs(5)).unwrap(),
        ..parts(&store, server, Arc::new(SystemClock))
    });
    let mut session = session_at_expiry(&flows).await;
    let now = flows.now();
    let tokens = TokenSet {
        refresh_token: session
            .tokens
            .refresh_token
            .take()
            .filter(|_| refresh_token),
        obtained_at: now,
        expires_at: now.plus(Duration::from_secs(7_200)),
        ..session.tokens.clone()
    };
    let swapped = flows
        .parts
        .store
        .swap_tokens(&session.key, session.version, &tokens);
    swapped.await.unwrap();
    let session = flows.read_session(&session.key).await.unwrap();
    (flows, session)
}

async fn forward(flows: &Flows, session: &Session) -> Result<Forwarded, FlowError> {
    let call = Call {
        method: Method::GET,
        target: Target::parse("/v1/models", None).unwrap(),
        headers: HeaderMap::new(),
        content: Content::Whole(bytes::Bytes::new()),
    };
    let upstream = flows.upstreams().find("models").unwrap();
    flows.forward(session, upstream, call, &request()).await
}

async fn answer(server: &MockServer, status: u16) {
    Mock::given(path("/v1/models"))
        .and(header("authorization", "Bearer access-0"))
        .respond_with(ResponseTemplate::new(status))
        .mount(server)
        .await;
}

#[tokio::test]
async fn a_refusal_of_an_upstream_ends_no_session_that_has_no_refresh_token() {
    let server = provider().await;
    answer(&server, 401).await;
    let (flows, session) = place(&server, false).await;
    let refused = forward(&flows, &session).await.err().unwrap();
    assert_eq!(refused.code(), ErrorCode::ProviderError);
    assert_eq!(calls(&server, "/v1/models").await, 1);
    assert_eq!(calls(&server, "/api/oauth2/token").await, 0);
    assert!(flows.read_session(&session.key).await.is_ok());
}

#[tokio::test]
async fn a_session_that_ended_since_it_was_looked_up_sends_nothing_out() {
    let server = provider().await;
    answer(&server, 200).await;
    let (flows, session) = place(&server, true).await;
    assert_eq!(
        forward(&flows, &session).await.ok().unwrap().status,
        StatusCode::OK
    );
    flows.log_out(&session, false).await.unwrap();
    let refused = forward(&flows, &session).await.err().unwrap();
    assert_eq!(refused.code(), ErrorCode::NotAuthenticated);
    assert_eq!(calls(&server, "/v1/models").await, 1);
}

#[tokio::test]
async fn a_call_that_nobody_waits_for_frees_its_place() {
    let server = provider().await;
    let slow = ResponseTemplate::new(200).set_delay(Duration::from_secs(600));
    Mock::given(path("/v1/models"))
        .respond_with(slow)
        .mount(&server)
        .await;
    let (flows, session) = place(&server, true).await;
    for _ in 0..30 {
        let waiting = tokio::time::timeout(Duration::from_millis(20), forward(&flows, &session));
        assert!(
            waiting.await.is_err(),
            "it is not refused for want of a place"
        );
        flows.finish_tasks().await;
    }
}
