//! `/api/proxy/`: a program with one upstream, a server of the test that keeps every byte it gets and answers as ordered.

mod answers;
mod bodies;
mod paths;
mod requests;
pub mod server;
mod sessions;
mod shares;
mod streams;
mod traces;

use std::time::Duration;

use server::Upstream;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::*;

/// A program whose upstream `models` is a server of the test, and a browser that is signed in there.
struct Place {
    upstream: Upstream,
    program: Program,
    browser: Browser,
}

impl Place {
    async fn new() -> Self {
        Self::with("", &[]).await
    }

    /// With these further lines in the upstream's table, and these variables.
    async fn with(lines: &str, environment: &[(&str, &str)]) -> Self {
        let upstream = Upstream::start().await;
        let config = format!(
            "[[proxy]]\nname = 'models'\nupstream = '{}/base'\nmethods = ['GET', 'HEAD', 'POST', 'DELETE']\n\
             paths = ['/v1/models', '/v1/chat/*']\n{lines}\n",
            upstream.base
        );
        let program = BINARY.start_over(&config, environment).await;
        program.sign_in_as("demo").await;
        let browser = program.browser();
        browser.sign_in().await;
        Self {
            upstream,
            program,
            browser,
        }
    }

    /// A fetch of our own page through the program.
    async fn ask(&self, method: &str, path: &str) -> Answer {
        self.send(fetch(method, &format!("/api/proxy/models{path}")))
            .await
    }

    async fn send(&self, request: Request) -> Answer {
        self.browser.send(request, Initiator::SameOrigin).await
    }

    /// A connection on which the browser's session asks, by the byte.
    async fn line(&self) -> Line {
        Line {
            stream: TcpStream::connect(&self.program.addresses.public)
                .await
                .expect("it listens"),
            read: Vec::new(),
        }
    }

    /// The head of a call of our own page, without the empty line at its end.
    fn head(&self, method: &str, path: &str) -> String {
        format!(
            "{method} /api/proxy/models{path} HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: same-origin\r\nCookie: session={}\r\n",
            self.browser.session()
        )
    }

    /// Nothing has come to the upstream.
    fn is_empty(&self, what: &str) {
        let seen = self.upstream.seen();
        assert!(seen.is_empty(), "{what}: {seen:?}");
    }
}

/// A connection that is written and read a piece at a time.
struct Line {
    stream: TcpStream,
    read: Vec<u8>,
}

impl Line {
    async fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.expect("it is open");
    }

    /// Reads until this text has come.
    async fn until(&mut self, text: &str) {
        let reading = async {
            while !String::from_utf8_lossy(&self.read).contains(text) {
                self.more()
                    .await
                    .unwrap_or_else(|| panic!("it ends: {}", String::from_utf8_lossy(&self.read)));
            }
        };
        tokio::time::timeout(PATIENCE, reading)
            .await
            .unwrap_or_else(|_| panic!("{text} does not come"));
    }

    /// Reads until the other side closes; all that came.
    async fn rest(&mut self) -> String {
        let reading = async { while self.more().await.is_some() {} };
        tokio::time::timeout(PATIENCE, reading)
            .await
            .expect("it ends");
        String::from_utf8_lossy(&self.read).into_owned()
    }

    async fn more(&mut self) -> Option<usize> {
        let mut piece = vec![0; 64 * 1024];
        match self.stream.read(&mut piece).await {
            Ok(length @ 1..) => {
                self.read.extend_from_slice(&piece[..length]);
                Some(length)
            }
            _ => None,
        }
    }
}

/// Bounds a failure, and measures nothing.
const PATIENCE: Duration = Duration::from_secs(40);
