//! Which connection a call goes out on: names are looked up again, and connections do not last for ever.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::Body as _;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Body, Method};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::time::timeout;

use super::{access, provider_of, request, settings};
use crate::provider::Provider;
use crate::provider::client::HttpClient;
use crate::provider::client_builder::client_builder;
use crate::provider::connections::Connections;
use crate::provider::pool::Limits;
use crate::provider::watched_body::watched_body;

/// Bounds a failure, and measures nothing.
const PATIENCE: Duration = Duration::from_secs(60);

/// The only name that there is, and where it leads.
#[derive(Clone)]
struct Record {
    address: Arc<Mutex<SocketAddr>>,
    lookups: Arc<AtomicUsize>,
}

impl Resolve for Record {
    fn resolve(&self, _: Name) -> Resolving {
        self.lookups.fetch_add(1, SeqCst);
        let address = *self.address.lock().unwrap();
        let addresses: Addrs = Box::new(std::iter::once(address));
        Box::pin(std::future::ready(Ok(addresses)))
    }
}

/// A server that keeps its connections and answers every request with this name of a user.
async fn server(user: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let body = format!("{{\"username\":\"{user}\"}}");
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
            });
        }
    });
    address
}

/// A provider `provider.test` whose name leads where the record says.
async fn named(limits: Limits) -> (Provider, Record) {
    let record = Record {
        address: Arc::new(Mutex::new(server("one").await)),
        lookups: Arc::default(),
    };
    let resolver = record.clone();
    let make = move || {
        let builder =
            client_builder(Duration::from_secs(5), "test-app").dns_resolver(resolver.clone());
        // Reading the system's roots takes longer than the test.
        builder.tls_certs_only([]).build()
    };
    let mut provider = provider_of(settings("http://provider.test"));
    let connections = Connections::from_clients(make, limits).unwrap();
    provider.http =
        HttpClient::from_connections(connections, Duration::from_secs(20), aihubmix::provider());
    (provider, record)
}

/// What a connection gets of a body when it asks for the first time.
async fn first_frame(body: Body) -> Result<Bytes, reqwest::Error> {
    let mut body = pin!(body);
    let frame = poll_fn(|cx| body.as_mut().poll_frame(cx)).await.unwrap()?;
    Ok(frame.into_data().unwrap())
}

async fn user(provider: &Provider) -> String {
    let info = provider.userinfo(&access(), &request()).await.unwrap();
    info.text("username").unwrap()
}

#[tokio::test]
async fn a_name_that_leads_elsewhere_is_followed_although_the_former_server_still_answers() {
    let limits = Limits {
        max_age: Duration::from_millis(50),
        ..Limits::new(PATIENCE, PATIENCE)
    };
    let (provider, record) = named(limits).await;
    assert_eq!(user(&provider).await, "one");
    *record.address.lock().unwrap() = server("two").await;
    let followed = async { while user(&provider).await != "two" {} };
    assert!(
        timeout(PATIENCE, followed).await.is_ok(),
        "it is not followed"
    );
}

#[tokio::test]
async fn a_connection_is_used_again_while_it_is_young() {
    let limits = Limits {
        max_age: PATIENCE,
        ..Limits::new(PATIENCE, PATIENCE)
    };
    let (provider, record) = named(limits).await;
    for _ in 0..20 {
        assert_eq!(user(&provider).await, "one");
    }
    // A machine that stops for seconds between two calls costs one more.
    assert!(record.lookups.load(SeqCst) < 10);
}

#[tokio::test]
async fn the_former_trust_store_stays_while_it_cannot_be_read_again() {
    let limits = Limits {
        max_age: Duration::from_millis(50),
        ..Limits::new(PATIENCE, PATIENCE)
    };
    let record = Record {
        address: Arc::new(Mutex::new(server("one").await)),
        lookups: Arc::default(),
    };
    let (resolver, made) = (record.clone(), Arc::new(AtomicUsize::new(0)));
    let count = Arc::clone(&made);
    let make = move || {
        let builder =
            client_builder(Duration::from_secs(5), "test-app").dns_resolver(resolver.clone());
        let is_first = count.fetch_add(1, SeqCst) == 0;
        // Any fault of the builder will do.
        let name = if is_first { "test" } else { "\n" };
        builder.tls_certs_only([]).user_agent(name).build()
    };
    let mut provider = provider_of(settings("http://provider.test"));
    let connections = Connections::from_clients(make, limits).unwrap();
    provider.http =
        HttpClient::from_connections(connections, Duration::from_secs(20), aihubmix::provider());
    let tried = async {
        while made.load(SeqCst) < 4 {
            assert_eq!(user(&provider).await, "one");
        }
    };
    assert!(
        timeout(PATIENCE, tried).await.is_ok(),
        "it is never read again"
    );
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
