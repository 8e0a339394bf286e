//! Which connection a call goes out on: connections do not last for ever.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::Body as _;
use hyper::header::HeaderValue;
use hyper::{Method, Request, Uri};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_rustls::rustls::Error;

use super::{access, provider_of, request, settings};
use crate::provider::Provider;
use crate::provider::client::HttpClient;
use crate::provider::client_builder::{Client, client};
use crate::provider::connections::{Connections, SendError};
use crate::provider::pool::{Attempt, Limits, is_timeout};
use crate::provider::request_body::{RequestBody, watched_body};

/// Bounds a failure, and measures nothing.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server that keeps its connections, and answers each request with the number of its connection as the name of the user.
struct Server {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
}

impl Server {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::<AtomicUsize>::default();
        let count = Arc::clone(&connections);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, count.fetch_add(1, SeqCst) + 1));
            }
        });
        Self {
            address,
            connections,
        }
    }

    /// The provider that this server is.
    fn provider(
        &self,
        limits: Limits,
        make_client: impl Fn() -> Result<Client, Error> + Send + Sync + 'static,
    ) -> Provider {
        let mut provider = provider_of(settings(&format!("http://{}", self.address)));
        let user_agent = HeaderValue::from_static("test-app");
        let connections = Connections::from_clients(make_client, limits, user_agent).unwrap();
        provider.http = HttpClient::from_connections(
            connections,
            Duration::from_secs(20),
            aihubmix::provider(),
        );
        provider
    }
}

async fn serve(mut stream: TcpStream, connection: usize) {
    let body = format!("{{\"username\":\"{connection}\"}}");
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut read = Vec::new();
    // A request without a body ends with its head.
    while stream
        .read_buf(&mut read)
        .await
        .is_ok_and(|count| count > 0)
    {
        if read.ends_with(b"\r\n\r\n") {
            read.clear();
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    }
}

/// Makes clients without the system's roots, because reading them takes longer than the test.
fn make_client() -> Result<Client, Error> {
    client(Duration::from_secs(5), false)
}

/// What a connection gets of a body when it asks for the first time.
async fn first_frame(body: RequestBody) -> std::io::Result<Bytes> {
    let mut body = pin!(body);
    let frame = poll_fn(|cx| body.as_mut().poll_frame(cx)).await.unwrap()?;
    Ok(frame.into_data().unwrap())
}

async fn user(provider: &Provider) -> String {
    let info = provider.userinfo(&access(), &request()).await.unwrap();
    info.text("username").unwrap()
}

#[tokio::test]
async fn a_connection_is_left_at_its_greatest_age_although_it_still_answers() {
    let limits = Limits {
        max_age: Duration::from_millis(50),
        ..Limits::new(PATIENCE, PATIENCE)
    };
    let server = Server::start().await;
    let provider = server.provider(limits, make_client);
    assert_eq!(user(&provider).await, "1");
    let left = async { while user(&provider).await == "1" {} };
    assert!(timeout(PATIENCE, left).await.is_ok(), "it is not left");
}

#[tokio::test]
async fn a_connection_is_used_again_while_it_is_young() {
    let limits = Limits {
        max_age: PATIENCE,
        ..Limits::new(PATIENCE, PATIENCE)
    };
    let server = Server::start().await;
    let provider = server.provider(limits, make_client);
    for _ in 0..20 {
        user(&provider).await;
    }
    // A machine that stops for seconds between two calls costs one more.
    assert!(server.connections.load(SeqCst) < 10);
}

#[tokio::test]
async fn the_former_trust_store_stays_while_it_cannot_be_read_again() {
    let limits = Limits {
        max_age: Duration::from_millis(50),
        ..Limits::new(PATIENCE, PATIENCE)
    };
    let server = Server::start().await;
    let made = Arc::<AtomicUsize>::default();
    let count = Arc::clone(&made);
    let provider = server.provider(limits, move || match count.fetch_add(1, SeqCst) {
        0 => make_client(),
        _ => Err(Error::General("no certificates".to_owned())),
    });
    let tried = async {
        while made.load(SeqCst) < 4 {
            user(&provider).await;
        }
    };
    assert!(
        timeout(PATIENCE, tried).await.is_ok(),
        "it is never read again"
    );
}

/// The listener accepts and never answers, so that the TLS handshake does not end.
#[tokio::test]
async fn the_time_limit_of_a_connection_covers_the_tls_handshake() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let uri: Uri = format!("https://{address}/").parse().unwrap();
    let connections = Connections::from_clients(
        || client(Duration::from_millis(50), false),
        Limits::new(PATIENCE, PATIENCE),
        HeaderValue::from_static("test-app"),
    )
    .unwrap();
    let attempt = || {
        let (body, watch) = watched_body(&Method::POST, Bytes::from_static(b"x"));
        let mut request = Request::new(body);
        *request.uri_mut() = uri.clone();
        Some(Attempt {
            request,
            body: watch,
        })
    };
    match connections.send(attempt, sleep(PATIENCE)).await {
        Err(SendError::Transport(error)) => assert!(error.is_connect() && is_timeout(&error)),
        _ => panic!("no failure of the connection"),
    }
}

/// What is given up goes out nowhere, also when the connection asks for it afterwards.
#[tokio::test]
async fn a_body_is_given_up_only_while_the_connection_has_taken_nothing_of_it() {
    let (body, watch) = watched_body(&Method::POST, Bytes::from_static(b"x"));
    let watch = watch.unwrap();
    assert!(watch.revoke());
    assert!(!watch.revoke());
    assert!(first_frame(body).await.is_err());

    let (body, watch) = watched_body(&Method::POST, Bytes::from_static(b"x"));
    assert_eq!(first_frame(body).await.unwrap(), "x");
    assert!(!watch.unwrap().revoke());

    let (body, watch) = watched_body(&Method::GET, Bytes::new());
    drop(body);
    assert!(!watch.unwrap().revoke());
    assert!(watched_body(&Method::POST, Bytes::new()).1.is_none());
}
