//! The limits that the nginx configuration in deploy/nginx sets, each exceeded by a client.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::*;

/// As many connections of one client as the example allows.
const CONNECTIONS: usize = 300;

/// Opens a connection and sends this.
async fn connect(address: &str, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    stream.write_all(bytes).await.expect("the kernel takes it");
    stream
}

/// Reads until nginx closes the connection.
async fn rest(mut stream: TcpStream) -> String {
    let mut bytes = Vec::new();
    // A reset is an end too.
    drop(stream.read_to_end(&mut bytes).await);
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Covers: ASVS-15.2.2
#[tokio::test]
async fn the_example_limits_connections_heads_bodies_and_clients_that_read_nothing() {
    let program = BINARY
        .start_with(&[("BFF_SERVER__TRUSTED_PROXIES", "127.0.0.1")])
        .await;
    let front = Addresses::free();
    let nginx = Nginx::start(NGINX, &front.public, &[&program.addresses.public]).await;
    let address = &front.public;
    let page = navigation("GET", "/", Initiator::Typed);
    assert_eq!(send(address, "x", &page).await.status, 200);

    // Each of these holds a place, because its body does not come.
    let unfinished = b"POST /auth/logout HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n";
    let mut slow = Vec::new();
    for _ in 0..CONNECTIONS {
        slow.push(connect(address, unfinished).await);
    }
    loop {
        let answer = send(address, "x", &page).await;
        if answer.status == 503 {
            break;
        }
        assert_eq!(answer.status, 200, "{}", nginx.complaints());
    }

    let long = format!(
        "GET / HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n",
        "a".repeat(17 * 1024)
    );
    let answer = rest(connect(address, long.as_bytes()).await).await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    let unfinished_head = connect(address, b"GET / HTTP/1.1\r\nHost: ").await;
    // nginx closes such a connection without a word.
    assert_eq!(rest(unfinished_head).await, "");

    let first = slow.pop().expect("one of many");
    let answer = rest(first).await;
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 408 "),
        "{answer}"
    );
    drop(slow);

    reads_nothing(address).await;
    assert_eq!(send(address, "x", &page).await.status, 200);
}

/// Sends requests and reads no answer, until nginx closes the connection.
async fn reads_nothing(address: &str) {
    let requests = "GET / HTTP/1.1\r\nHost: x\r\n\r\n".repeat(1_000);
    let mut stream = connect(address, b"").await;
    // The example says 30 s; more bounds a failure.
    let closed = async { while stream.write_all(requests.as_bytes()).await.is_ok() {} };
    let closed = tokio::time::timeout(Duration::from_secs(120), closed).await;
    assert!(closed.is_ok(), "the connection stays open");
}
