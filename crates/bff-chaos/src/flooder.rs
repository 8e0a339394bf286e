//! One flood, in a process of its own: many connections, on each of which bytes that were made beforehand are written as fast as the other side takes
//! them, while whatever comes back is counted and thrown away. A connection that is closed is opened again at once.

use std::time::Duration;

use bff::domain::{SessionId, SystemEntropy};
use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Flood {
    /// Beginnings of logins
    Logins,
    /// Calls with session cookies that are well made and mean nothing
    Cookies,
    /// Heads of 30 KiB, heads that are too long, too many lines, garbage, half a head
    Heads,
}

/// What one process did.
#[derive(Default, Serialize, Deserialize)]
pub struct Sent {
    connections: u64,
    bytes: u64,
    /// Answers with 429.
    refused: u64,
    /// All answers.
    answers: u64,
}

impl Sent {
    fn add(&mut self, other: &Self) {
        self.connections += other.connections;
        self.bytes += other.bytes;
        self.refused += other.refused;
        self.answers += other.answers;
    }

    /// In one line.
    pub fn told(&self, seconds: u64) -> String {
        format!(
            "{:.1} MB/s; {} connections/s; {} answers/s, {} of them 429",
            self.bytes as f64 / 1e6 / seconds as f64,
            self.connections / seconds,
            self.answers / seconds,
            self.refused / seconds,
        )
    }
}

impl Flood {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Logins, Self::Cookies, Self::Heads];

    /// What each connection writes again and again, by its number.
    fn bytes(self, number: usize) -> Vec<u8> {
        let fetch = "Host: 127.0.0.1\r\nSec-Fetch-Site: same-origin\r\n";
        let text = match (self, number % 5) {
            (Self::Logins, _) => {
                format!("GET /auth/oauth/start HTTP/1.1\r\n{fetch}\r\n").repeat(64)
            }
            (Self::Cookies, _) => (0..64)
                .map(|_| {
                    format!(
                        "GET /api/session HTTP/1.1\r\n{fetch}Cookie: {}\r\n\r\n",
                        cookie()
                    )
                })
                .collect(),
            (Self::Heads, 0) => {
                let line = format!("X-Large: {}\r\n", "a".repeat(300));
                format!("GET / HTTP/1.1\r\n{fetch}{}\r\n", line.repeat(90))
            }
            (Self::Heads, 1) => {
                format!("GET / HTTP/1.1\r\n{fetch}X-Large: {}", "a".repeat(1 << 20))
            }
            (Self::Heads, 2) => {
                format!("GET / HTTP/1.1\r\n{fetch}{}\r\n", "A: b\r\n".repeat(4_000))
            }
            (Self::Heads, 3) => "\x16\x03\x01 zq9mark\r\n\r\n".repeat(100),
            (Self::Heads, _) => {
                format!("GET / HTTP/1.1\r\n{fetch}X-Half: {}", "a".repeat(31 * 1024))
            }
        };
        text.into_bytes()
    }
}

/// A session cookie that only the store can tell from a real one.
fn cookie() -> String {
    format!("session={}", SessionId::random(&SystemEntropy).reveal())
}

/// What such a process does.
pub async fn send_flood(kind: Flood, address: &str, connections: usize, time: Duration) {
    let end = Instant::now() + time;
    let mut all = JoinSet::new();
    for number in 0..connections {
        let (address, bytes) = (address.to_owned(), kind.bytes(number));
        all.spawn(async move {
            let mut sent = Sent::default();
            while Instant::now() < end {
                sent.add(&one_connection(&address, &bytes, end).await);
            }
            sent
        });
    }
    let mut sum = Sent::default();
    for one in all.join_all().await {
        sum.add(&one);
    }
    println!(
        "{}",
        serde_json::to_string(&sum).expect("it can be written")
    );
}

async fn one_connection(address: &str, bytes: &[u8], end: Instant) -> Sent {
    let mut sent = Sent::default();
    if let Ok(Ok(stream)) = timeout_at(end, TcpStream::connect(address)).await {
        sent.connections = 1;
        let (reader, writer) = stream.into_split();
        let both = async {
            tokio::select! {
                () = read(reader, &mut sent.answers, &mut sent.refused) => {}
                () = write(writer, bytes, &mut sent.bytes) => {}
            }
        };
        // It is cut off when the time is over.
        drop(timeout_at(end, both).await);
    }
    sent
}

async fn write(mut writer: OwnedWriteHalf, bytes: &[u8], sent: &mut u64) {
    while writer.write_all(bytes).await.is_ok() {
        *sent += bytes.len() as u64;
    }
    // Whether there is an answer is for the reader to see.
    std::future::pending::<()>().await;
}

async fn read(mut reader: OwnedReadHalf, answers: &mut u64, refused: &mut u64) {
    let mut piece = vec![0; 64 * 1024];
    while let Ok(length @ 1..) = reader.read(&mut piece).await {
        let mut words = piece[..length].split(|byte| *byte == b' ');
        while let Some(word) = words.next() {
            if word.ends_with(b"HTTP/1.1") {
                *answers += 1;
                *refused += u64::from(words.next() == Some(b"429"));
            }
        }
    }
}
