//! Calls to an upstream, where the session or its tokens are not as they should be.

use std::sync::Arc;
use std::time::Duration;

use hyper::header::HeaderMap;
use hyper::{Method, StatusCode};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use url::Url;
use wiremock::matchers::{header, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::support::{TOKEN, answer_refreshes, calls, identity, parts, provider, request, tokens};
use crate::config::{PathPattern, Proxy};
use crate::domain::{EndCause, ErrorCode, Session, SystemClock, TokenSet};
use crate::flow::{FlowError, Forwarded, Forwarder, Parts};
use crate::store::{MemoryStore, SessionStore};
use crate::upstream::{Call, Content, Piece, Target, UpstreamError, Upstreams};

/// It bounds a failure, it measures nothing.
const BOUND: Duration = Duration::from_secs(20);
/// Longer than any test.
const LONG: Duration = Duration::from_secs(600);

/// A replica whose upstream is the provider's own server, and a session with a usable token.
async fn place(server: &MockServer, refresh_token: bool) -> (Arc<Forwarder>, Session) {
    place_before(server, &server.uri(), refresh_token, LONG).await
}

/// The same with another upstream, and a bound on the silence of either side.
async fn place_before(
    server: &MockServer,
    upstream: &str,
    refresh_token: bool,
    idle_timeout: Duration,
) -> (Arc<Forwarder>, Session) {
    let store: Arc<dyn SessionStore> = Arc::new(MemoryStore::default());
    let upstream = Proxy {
        name: "models".to_owned(),
        upstream: Url::parse(upstream).unwrap(),
        methods: vec!["GET".to_owned()],
        paths: vec![PathPattern::Below("/".to_owned())],
        encoded_slash: false,
        max_body: 1_000,
        max_calls: 10,
        max_session_calls: 5,
        answer_timeout: Duration::from_secs(10),
        idle_timeout,
    };
    let parts = Parts {
        upstreams: Upstreams::new(&[upstream], Duration::from_secs(5), identity()).unwrap(),
        ..parts(&store, server, Arc::new(SystemClock))
    };
    let revoker = parts.revoker();
    let (refresher, sessions) = (parts.refresher(&revoker), parts.sessions(&revoker));
    let mut session = refresher.session_at_expiry().await;
    let now = sessions.now();
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
    let swapped = sessions
        .store
        .swap_tokens(&session.key, session.version, &tokens);
    swapped.await.unwrap();
    let session = sessions.read(&session.key).await.unwrap();
    (parts.forwarder(&sessions, &refresher), session)
}

async fn forward(forwarder: &Arc<Forwarder>, session: &Session) -> Result<Forwarded, FlowError> {
    forward_with(forwarder, session, Content::Whole(bytes::Bytes::new())).await
}

async fn forward_with(
    forwarder: &Arc<Forwarder>,
    session: &Session,
    content: Content,
) -> Result<Forwarded, FlowError> {
    let call = Call {
        method: Method::GET,
        target: Target::parse("/v1/models", None, false).unwrap(),
        headers: HeaderMap::new(),
        content,
    };
    let upstream = forwarder.upstreams().find("models").unwrap();
    forwarder.forward(session, upstream, call, &request()).await
}

async fn answer(server: &MockServer, status: u16) {
    answer_to(server, "access-0", status).await;
}

/// What the upstream answers to this token.
async fn answer_to(server: &MockServer, token: &str, status: u16) {
    Mock::given(path("/v1/models"))
        .and(header("authorization", format!("Bearer {token}")))
        .respond_with(ResponseTemplate::new(status).set_body_string("the models"))
        .mount(server)
        .await;
}

/// Makes the upstream take longer than any caller waits.
async fn answer_never(server: &MockServer) {
    Mock::given(path("/v1/models"))
        .respond_with(ResponseTemplate::new(200).set_delay(LONG))
        .mount(server)
        .await;
}

/// An upstream that answers one call with these pieces of a body that is longer, and then with nothing. Its address.
async fn endless(pieces: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        let head = b"HTTP/1.1 200 OK\r\ncontent-length: 100000000\r\n\r\n";
        connection.write_all(head).await.unwrap();
        for _ in 0..pieces {
            // The program may have cut the call.
            if connection.write_all(&[b'x'; 16_384]).await.is_err() {
                return;
            }
        }
        std::future::pending::<()>().await;
    });
    address
}

/// Reads the body to its end. How many bytes there were, and whether it is whole.
async fn read(mut forwarded: Forwarded) -> (usize, bool) {
    let mut bytes = 0;
    loop {
        let piece = tokio::time::timeout(BOUND, forwarded.body.recv());
        match piece.await.expect("it goes on or ends") {
            Some(Piece::Data(piece)) => bytes += piece.len(),
            Some(Piece::End) => {
                assert!(
                    forwarded.body.recv().await.is_none(),
                    "nothing comes after it"
                );
                return (bytes, true);
            }
            None => return (bytes, false),
        }
    }
}

#[tokio::test]
async fn a_token_that_an_upstream_refuses_is_renewed_once_and_the_call_repeated() {
    let server = provider().await;
    answer(&server, 401).await;
    answer_to(&server, "access-1", 200).await;
    answer_refreshes(&server, 200, tokens(1), Duration::ZERO).await;
    let (forwarder, session) = place(&server, true).await;
    let forwarded = forward(&forwarder, &session).await.ok().unwrap();
    assert_eq!(forwarded.status, StatusCode::OK);
    assert_eq!(read(forwarded).await, ("the models".len(), true));
    assert_eq!(calls(&server, TOKEN).await, 1);
    assert_eq!(calls(&server, "/v1/models").await, 2);
}

#[tokio::test]
async fn an_upstream_that_refuses_a_new_token_is_given_no_third_one() {
    let server = provider().await;
    answer(&server, 401).await;
    answer_to(&server, "access-1", 401).await;
    answer_refreshes(&server, 200, tokens(1), Duration::ZERO).await;
    let (forwarder, session) = place(&server, true).await;
    for calls_so_far in [2, 3] {
        let refused = forward(&forwarder, &session).await.err().unwrap();
        assert!(
            matches!(refused, FlowError::Upstream(UpstreamError::TokenRefused)),
            "{refused}"
        );
        assert_eq!(calls(&server, TOKEN).await, 1);
        assert_eq!(calls(&server, "/v1/models").await, calls_so_far);
    }
    assert!(forwarder.sessions.read(&session.key).await.is_ok());
}

#[tokio::test]
async fn a_body_that_is_spent_is_not_sent_again_but_the_token_is_new() {
    let server = provider().await;
    answer(&server, 401).await;
    answer_to(&server, "access-1", 200).await;
    answer_refreshes(&server, 200, tokens(1), Duration::ZERO).await;
    let (forwarder, session) = place(&server, true).await;
    let (sender, pieces) = mpsc::channel(2);
    let (_, ended) = oneshot::channel();
    sender.send(Piece::Data("a body".into())).await.unwrap();
    sender.send(Piece::End).await.unwrap();
    let stream = Content::Stream {
        length: None,
        pieces,
        fault: Arc::default(),
        ended,
    };
    let spent = forward_with(&forwarder, &session, stream)
        .await
        .err()
        .unwrap();
    assert!(
        matches!(spent, FlowError::Upstream(UpstreamError::Spent)),
        "{spent}"
    );
    assert_eq!(calls(&server, "/v1/models").await, 1);
    let now = forwarder.sessions.read(&session.key).await.unwrap();
    assert_eq!(now.tokens.access_token.reveal(), "access-1");
}

#[tokio::test]
async fn a_stream_is_cut_when_its_session_ends_elsewhere() {
    let server = provider().await;
    let (forwarder, session) = place_before(&server, &endless(1).await, true, LONG).await;
    let mut forwarded = forward(&forwarder, &session).await.ok().unwrap();
    let first = forwarded.body.recv().await;
    assert!(matches!(first, Some(Piece::Data(_))), "{first:?}");
    let store = &forwarder.sessions.store;
    let ended = store.end(&session.key, session.version, EndCause::Revoked);
    ended.await.unwrap();
    assert!(!read(forwarded).await.1);
}

#[tokio::test]
async fn a_call_without_an_answer_ends_when_its_session_does() {
    let server = provider().await;
    answer_never(&server).await;
    let (forwarder, session) = place(&server, true).await;
    let waiting = tokio::spawn({
        let (forwarder, session) = (forwarder.clone(), session.clone());
        async move { forward(&forwarder, &session).await.err().unwrap() }
    });
    while calls(&server, "/v1/models").await == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let store = &forwarder.sessions.store;
    store.delete(&session.key).await.unwrap();
    assert!(matches!(
        waiting.await.unwrap(),
        FlowError::NotAuthenticated
    ));
}

#[tokio::test]
async fn a_stream_that_is_not_read_or_sends_nothing_is_cut() {
    let server = provider().await;
    // More than the program and both ends of the connection keep; and a head with nothing behind it.
    for pieces in [4_000, 0] {
        let (upstream, idle) = (endless(pieces).await, Duration::from_millis(500));
        let (forwarder, session) = place_before(&server, &upstream, true, idle).await;
        let forwarded = forward(&forwarder, &session).await.ok().unwrap();
        let ended = tokio::time::timeout(BOUND, forwarder.tasks.finished()).await;
        assert!(ended.is_ok(), "it goes on for ever");
        assert!(!read(forwarded).await.1);
    }
}

#[tokio::test]
async fn when_the_program_stops_streams_have_ended_before_the_last_call() {
    let server = provider().await;
    let (forwarder, session) = place_before(&server, &endless(1).await, true, LONG).await;
    let forwarded = forward(&forwarder, &session).await.ok().unwrap();
    // More than the last second is left for a while yet.
    let stop = tokio::time::Instant::now() + Duration::from_millis(2_500);
    forwarder.tasks.stop_by(stop);
    let reading = tokio::spawn(read(forwarded));
    forwarder.tasks.finished().await;
    assert_eq!(reading.await.unwrap(), (16_384, false));
    let refused = forward(&forwarder, &session).await.err().unwrap();
    assert!(
        matches!(refused, FlowError::Upstream(UpstreamError::Stopping)),
        "{refused}"
    );
}

#[tokio::test]
async fn a_refusal_of_an_upstream_ends_no_session_that_has_no_refresh_token() {
    let server = provider().await;
    answer(&server, 401).await;
    let (forwarder, session) = place(&server, false).await;
    let refused = forward(&forwarder, &session).await.err().unwrap();
    assert_eq!(refused.code(), ErrorCode::ProviderError);
    assert_eq!(calls(&server, "/v1/models").await, 1);
    assert_eq!(calls(&server, TOKEN).await, 0);
    assert!(forwarder.sessions.read(&session.key).await.is_ok());
}

#[tokio::test]
async fn a_session_that_ended_since_it_was_looked_up_sends_nothing_out() {
    let server = provider().await;
    answer(&server, 200).await;
    let (forwarder, session) = place(&server, true).await;
    assert_eq!(
        forward(&forwarder, &session).await.ok().unwrap().status,
        StatusCode::OK
    );
    let store = &forwarder.sessions.store;
    store.delete(&session.key).await.unwrap();
    let refused = forward(&forwarder, &session).await.err().unwrap();
    assert_eq!(refused.code(), ErrorCode::NotAuthenticated);
    assert_eq!(calls(&server, "/v1/models").await, 1);
}

#[tokio::test]
async fn a_call_without_a_waiting_caller_frees_its_place() {
    let server = provider().await;
    answer_never(&server).await;
    let (forwarder, session) = place(&server, true).await;
    for _ in 0..30 {
        let waiting =
            tokio::time::timeout(Duration::from_millis(20), forward(&forwarder, &session));
        assert!(
            waiting.await.is_err(),
            "it is not refused for want of a place"
        );
        forwarder.tasks.finished().await;
    }
}
