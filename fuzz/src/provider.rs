//! A provider on loopback that gives the answers it is told to give. It runs on the runtime of the program that asks it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

/// The secrets that stand in its answers, and the client's own: none of them may reach a browser.
pub const SECRETS: [&str; 6] = [
    ACCESS_TOKEN,
    REFRESH_TOKEN,
    CLIENT_SECRET,
    "access-canary-2",
    "refresh-canary-2",
    VERIFIER,
];
/// The first access token.
pub const ACCESS_TOKEN: &str = "access-canary-1";
/// The first refresh token.
pub const REFRESH_TOKEN: &str = "refresh-canary-1";
/// What the client proves itself with.
pub const CLIENT_SECRET: &str = "client-canary";
/// A verifier for calls without a browser.
pub const VERIFIER: &str = "verifier-canary-78901234567890123456789012345";

#[derive(Default)]
struct State {
    answers: HashMap<String, Vec<u8>>,
    calls: HashMap<String, usize>,
}

/// See the module.
#[derive(Clone)]
pub struct FakeProvider {
    state: Arc<Mutex<State>>,
    /// Where it listens.
    pub base: Url,
}

impl FakeProvider {
    /// Begins to listen, on the runtime of the caller.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a free port of loopback");
        let address = listener.local_addr().expect("it listens");
        let provider = Self {
            state: Arc::default(),
            base: Url::parse(&format!("http://{address}")).expect("an address is a URL"),
        };
        let state = Arc::clone(&provider.state);
        tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(serve(connection, Arc::clone(&state)));
            }
        });
        provider
    }

    /// From now on `endpoint` (the last part of its path) gives these bytes. Where they do not end by themselves the connection is closed.
    pub fn answer(&self, endpoint: &str, bytes: Vec<u8>) {
        lock(&self.state).answers.insert(endpoint.to_owned(), bytes);
    }

    /// All endpoints give what a healthy provider gives.
    pub fn recover(&self) {
        for (endpoint, body) in [
            (
                "token",
                r#"{"access_token":"access-canary-1","token_type":"Bearer","expires_in":7200,"refresh_token":"refresh-canary-1","scope":"profile balance"}"#,
            ),
            (
                "userinfo",
                r#"{"id":7,"username":"demo","email":"demo@example.com","quota":1000000,"balance_formatted":"2.00","status":1}"#,
            ),
            ("topup", r#"{"topup_url":"https://aihubmix.com/topup"}"#),
            ("revoke", "{}"),
        ] {
            self.answer(endpoint, ok(body));
        }
        self.take_calls();
    }

    /// How often each endpoint was asked since the last call.
    pub fn take_calls(&self) -> HashMap<String, usize> {
        std::mem::take(&mut lock(&self.state).calls)
    }
}

/// A plain success.
fn ok(body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Answers the calls of one connection, one after the other.
async fn serve(mut connection: TcpStream, state: Arc<Mutex<State>>) {
    let mut heard = Vec::new();
    while let Some(endpoint) = hear(&mut connection, &mut heard).await {
        let answer = {
            let mut state = lock(&state);
            *state.calls.entry(endpoint.clone()).or_default() += 1;
            state.answers.get(&endpoint).cloned().unwrap_or_default()
        };
        let is_plain = answer
            .starts_with(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ");
        if connection.write_all(&answer).await.is_err() || !is_plain {
            return;
        }
    }
}

/// The endpoint of the next call, when it has come in whole.
async fn hear(connection: &mut TcpStream, heard: &mut Vec<u8>) -> Option<String> {
    let head = loop {
        if let Some(at) = heard.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        if connection.read_buf(heard).await.ok()? == 0 {
            return None;
        }
    };
    let text = String::from_utf8_lossy(&heard[..head]).to_ascii_lowercase();
    let length: usize = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .and_then(|length| length.trim().parse().ok())
        .unwrap_or_default();
    while heard.len() < head + length {
        if connection.read_buf(heard).await.ok()? == 0 {
            return None;
        }
    }
    heard.drain(..head + length);
    let path = text.split(' ').nth(1)?;
    let path = path.split('?').next()?;
    Some(path.rsplit('/').next()?.to_owned())
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
