//! A connection that stays open between requests, as a reverse proxy keeps it. Its requests carry no cookies.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Longest time for one answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// An open connection.
pub struct OpenConnection(TcpStream);

impl OpenConnection {
    /// Connects to this address.
    pub async fn to(address: &str) -> Self {
        Self(TcpStream::connect(address).await.expect("it listens"))
    }

    /// Sends these bytes as they are.
    pub async fn send(&mut self, bytes: &str) {
        self.0
            .write_all(bytes.as_bytes())
            .await
            .expect("it is open");
    }

    /// Sends a GET request with these further header lines. Returns head and body of the answer.
    pub async fn ask(&mut self, path: &str, lines: &str) -> String {
        self.send(&format!(
            "GET {path} HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n"
        ))
        .await;
        self.answer().await
    }

    /// Reads one answer, which must have a `Content-Length`.
    pub async fn answer(&mut self) -> String {
        let mut raw = Vec::new();
        let reading = async {
            loop {
                let byte = self.0.read_u8().await;
                raw.push(byte.expect("an answer, and not the end of the connection"));
                if raw.ends_with(b"\r\n\r\n") {
                    break;
                }
            }
            let head = String::from_utf8_lossy(&raw).to_ascii_lowercase();
            let length = head.split("content-length: ").nth(1).map_or(0, |rest| {
                let digits = rest.split("\r\n").next().expect("a line");
                digits.parse().expect("a length")
            });
            let mut body = vec![0; length];
            self.0.read_exact(&mut body).await.expect("a whole body");
            raw.extend(body);
        };
        tokio::time::timeout(PATIENCE, reading)
            .await
            .expect("an answer in time");
        String::from_utf8(raw).expect("text")
    }

    /// Waits until the server closes the connection. Fails when it sends anything more.
    pub async fn is_closed(&mut self) {
        let read = tokio::time::timeout(PATIENCE, self.0.read_u8()).await;
        assert!(read.expect("it closes in time").is_err(), "more was sent");
    }
}
