//! An open stream of Server-Sent Events, read event by event.

use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::browser::Browser;
use crate::jar::Initiator;

/// Longest wait for one event.
const PATIENCE: Duration = Duration::from_secs(40);

/// A stream of `GET /api/session/events`. Dropping it closes the connection.
pub struct EventStream {
    connection: TcpStream,
    /// The head of the answer, in small letters.
    pub head: String,
    raw: Vec<u8>,
    text: String,
}

impl EventStream {
    /// Opens the stream with the browser's cookies, and reads the head of the answer.
    pub async fn open(browser: &Browser) -> Self {
        let cookies = browser.jar().header(Initiator::SameOrigin, false);
        let host = &browser.origin[url::Position::BeforeHost..url::Position::AfterPort];
        let request = format!(
            "GET /api/session/events HTTP/1.1\r\nHost: {host}\r\nAccept: text/event-stream\r\nAccept-Encoding: gzip, br\r\n\
             Sec-Fetch-Site: same-origin\r\nCookie: {}\r\n\r\n",
            cookies.unwrap_or_default()
        );
        let mut connection = TcpStream::connect(&browser.address)
            .await
            .expect("it listens");
        connection
            .write_all(request.as_bytes())
            .await
            .expect("it is open");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(connection.read_u8().await.expect("a head"));
        }
        Self {
            connection,
            head: String::from_utf8_lossy(&head).to_ascii_lowercase(),
            raw: Vec::new(),
            text: String::new(),
        }
    }

    /// Returns the next block of lines, such as an event or a comment; `None` at the end of the stream.
    pub async fn block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let block = block.to_owned();
                self.text = rest.to_owned();
                return Some(block);
            }
            let piece = tokio::time::timeout(PATIENCE, self.chunk()).await;
            self.text += &piece.expect("an event in time")?;
        }
    }

    /// Returns the name and the data of the next event; `None` at the end of the stream.
    pub async fn event(&mut self) -> Option<(String, Value)> {
        loop {
            let block = self.block().await?;
            let field = |name: &str| {
                let mut lines = block.lines();
                lines.find_map(|line| Some(line.strip_prefix(name)?.trim().to_owned()))
            };
            if let (Some(event), Some(data)) = (field("event:"), field("data:")) {
                let data = serde_json::from_str(&data).expect("JSON");
                return Some((event, data));
            }
        }
    }

    /// Reads one chunk (RFC 9112 §7.1); `None` for the last.
    async fn chunk(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.raw.windows(2).position(|two| two == b"\r\n") {
                let size = String::from_utf8_lossy(&self.raw[..end]).into_owned();
                let size = usize::from_str_radix(&size, 16).expect("the size of a chunk");
                if size == 0 {
                    return None;
                }
                let (from, to) = (end + 2, end + 2 + size);
                if self.raw.len() >= to + 2 {
                    let chunk = String::from_utf8(self.raw[from..to].to_vec());
                    self.raw.drain(..to + 2);
                    return Some(chunk.expect("text"));
                }
            }
            let mut piece = [0; 1024];
            let read = self.connection.read(&mut piece).await;
            let read = read.expect("the connection is open");
            assert!(read > 0, "the connection ended within the stream");
            self.raw.extend_from_slice(&piece[..read]);
        }
    }
}
