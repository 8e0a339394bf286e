//! Connections that break, hang or never stop: what is repeated, and what the caller is told.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::{access, code, provider, provider_of, refresh, request, settings};
use crate::provider::{ApiCall, ProviderError};

/// What the server does with one connection once it has read a request.
#[derive(Clone, Copy)]
enum Turn {
    /// Closes it without a word.
    Drop,
    /// Sends this, then closes it.
    Say(&'static str),
    /// Sends this and nothing more, and keeps it open.
    Hang(&'static str),
    /// Sends a body without end.
    Flood,
}

struct Server {
    base: String,
    requests: Arc<AtomicUsize>,
}

impl Server {
    /// Takes each connection through the next turn; the last turn holds for all that follow.
    async fn start(turns: &'static [Turn]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let count = Arc::clone(&count);
                tokio::spawn(async move {
                    if read_request(&mut stream).await.is_none() {
                        return;
                    }
                    let number = count.fetch_add(1, Ordering::SeqCst);
                    take(turns[number.min(turns.len() - 1)], stream).await;
                });
            }
        });
        Self { base, requests }
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

/// Reads until the end of the head and of the body that it announces.
async fn read_request(stream: &mut TcpStream) -> Option<()> {
    let mut seen = Vec::new();
    loop {
        let mut buffer = [0_u8; 4096];
        let count = stream
            .read(&mut buffer)
            .await
            .ok()
            .filter(|count| *count > 0)?;
        seen.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&seen).to_lowercase();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
            return Some(());
        }
    }
}

async fn take(turn: Turn, mut stream: TcpStream) {
    match turn {
        Turn::Drop => {}
        Turn::Say(text) => {
            let _ = stream.write_all(text.as_bytes()).await;
            let _ = stream.shutdown().await;
        }
        Turn::Hang(text) => {
            let _ = stream.write_all(text.as_bytes()).await;
            std::future::pending::<()>().await;
        }
        Turn::Flood => {
            let head =
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{\"access_token\":\"";
            let _ = stream.write_all(head.as_bytes()).await;
            while stream.write_all(&[b'a'; 8192]).await.is_ok() {}
        }
    }
}

const ACCOUNT: &str = "HTTP/1.1 200 OK\r\ncontent-length: 16\r\n\r\n{\"username\":\"u\"}";
const HALF: &str =
    "HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"access_token\":\"AT-CANARY-2\",";
const HALF_CHUNKED: &str =
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n10\r\n{\"username\":\"u\"";

fn is_unavailable(error: &ProviderError) -> bool {
    matches!(
        error,
        ProviderError::Unavailable {
            retry_after: None,
            ..
        }
    )
}

/// Covers: RFC6749-4.1.2-2
#[tokio::test]
async fn a_token_call_is_never_sent_twice() {
    for turns in [
        &[Turn::Drop] as &[_],
        &[Turn::Say("garbage\r\n\r\n")],
        &[Turn::Say(HALF)],
        &[Turn::Say(HALF_CHUNKED)],
    ] {
        let server = Server::start(turns).await;
        let provider = provider(&server.base);
        let id = request();
        let error = provider
            .exchange_code(&code(), None, &id)
            .await
            .unwrap_err();
        assert!(is_unavailable(&error), "{error}");
        assert_eq!(server.requests(), 1);
        let error = provider.refresh(&refresh(), &id).await.unwrap_err();
        assert!(is_unavailable(&error), "{error}");
        assert_eq!(server.requests(), 2);
        let error = provider.revoke(&refresh(), &id).await.unwrap_err();
        assert!(is_unavailable(&error), "{error}");
        assert_eq!(server.requests(), 3);
    }
}

/// Covers: ASVS-13.2.6
#[tokio::test]
async fn reading_the_account_survives_one_broken_connection_and_not_two() {
    let server = Server::start(&[Turn::Drop, Turn::Say(ACCOUNT)]).await;
    let info = provider(&server.base)
        .userinfo(&access(), &request())
        .await
        .unwrap();
    assert_eq!(info.text("username").as_deref(), Some("u"));
    assert_eq!(server.requests(), 2);

    let server = Server::start(&[Turn::Drop, Turn::Drop, Turn::Say(ACCOUNT)]).await;
    let error = provider(&server.base)
        .userinfo(&access(), &request())
        .await
        .unwrap_err();
    assert!(is_unavailable(&error), "{error}");
    assert_eq!(server.requests(), 2);
}

#[tokio::test]
async fn a_post_is_not_sent_twice_and_a_get_is() {
    let server = Server::start(&[Turn::Drop, Turn::Say(ACCOUNT)]).await;
    let error = provider(&server.base)
        .call_api(&ApiCall::post("/v1/x", b"{}"), &access(), &request())
        .await
        .unwrap_err();
    assert!(is_unavailable(&error), "{error}");
    assert_eq!(server.requests(), 1);

    let server = Server::start(&[Turn::Drop, Turn::Say(ACCOUNT)]).await;
    let json = provider(&server.base)
        .call_api(&ApiCall::get("/v1/x"), &access(), &request())
        .await
        .unwrap();
    assert_eq!(json.text("username").as_deref(), Some("u"));
    assert_eq!(server.requests(), 2);
}

#[tokio::test]
async fn an_answer_that_has_begun_is_not_asked_for_again() {
    let server = Server::start(&[Turn::Say(HALF), Turn::Say(ACCOUNT)]).await;
    let error = provider(&server.base)
        .userinfo(&access(), &request())
        .await
        .unwrap_err();
    assert!(is_unavailable(&error), "{error}");
    assert_eq!(server.requests(), 1);
}

/// Covers: ASVS-13.2.6
#[tokio::test]
async fn a_provider_that_hangs_causes_a_timeout() {
    for turns in [
        &[Turn::Hang("")] as &[_],
        &[Turn::Hang("HTTP/1.1 200")],
        &[Turn::Hang(HALF)],
    ] {
        let server = Server::start(turns).await;
        let mut settings = settings(&server.base);
        settings.total_timeout = Duration::from_millis(200);
        settings.refresh_timeout = Duration::from_millis(200);
        let provider = provider_of(settings);
        let id = request();
        let errors = [
            provider
                .exchange_code(&code(), None, &id)
                .await
                .unwrap_err(),
            provider.refresh(&refresh(), &id).await.unwrap_err(),
            provider.userinfo(&access(), &id).await.unwrap_err(),
            provider
                .call_api(&ApiCall::post("/v1/x", b"{}"), &access(), &id)
                .await
                .unwrap_err(),
            provider.revoke(&refresh(), &id).await.unwrap_err(),
        ];
        for error in errors {
            assert!(matches!(error, ProviderError::Timeout(_)), "{error}");
        }
    }
}

#[tokio::test]
async fn an_answer_without_end_is_cut_off() {
    let server = Server::start(&[Turn::Flood]).await;
    let error = provider(&server.base)
        .exchange_code(&code(), None, &request())
        .await
        .unwrap_err();
    assert!(matches!(error, ProviderError::Unusable(_)), "{error}");
}

#[tokio::test]
async fn a_closed_port_is_an_outage() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = provider(&base)
        .userinfo(&access(), &request())
        .await
        .unwrap_err();
    assert!(is_unavailable(&error), "{error}");
}

/// Covers: RFC6749-10.9-1
#[tokio::test]
async fn a_server_without_tls_behind_an_https_address_learns_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("https://{}", listener.local_addr().unwrap());
    let heard = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.write_all(ACCOUNT.as_bytes()).await;
        let mut heard = Vec::new();
        let _ = stream.read_to_end(&mut heard).await;
        heard
    });
    let provider = provider(&base);
    let error = provider.refresh(&refresh(), &request()).await.unwrap_err();
    assert!(is_unavailable(&error), "{error}");
    let heard = String::from_utf8_lossy(&heard.await.unwrap()).into_owned();
    assert!(!heard.is_empty() && !heard.contains("CANARY"), "{heard}");
}
