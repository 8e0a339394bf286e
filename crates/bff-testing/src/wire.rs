//! HTTP/1.1 byte by byte: a request is sent exactly as it is written, also when it is malformed, and the whole answer is kept. Each request has its
//! own connection. A client library refuses to send malformed requests.

use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Longest time for one answer. Longer than the slowest provider of a test.
const PATIENCE: Duration = Duration::from_secs(60);

/// A request as it is sent.
#[derive(Clone, Debug)]
pub struct Request {
    /// Method.
    pub method: String,
    /// Request target: path and query.
    pub target: String,
    /// Names and values, in this order; `Host` and `Connection` are added.
    pub headers: Vec<(String, String)>,
    /// Further header lines as bytes.
    pub lines: Vec<u8>,
    /// Body.
    pub body: Vec<u8>,
}

impl Request {
    /// Returns a request without headers and body.
    #[must_use]
    pub fn new(method: &str, target: &str) -> Self {
        Self {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: Vec::new(),
            lines: Vec::new(),
            body: Vec::new(),
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds a header whose value need not be text.
    #[must_use]
    pub fn header_of_bytes(mut self, name: &str, value: &[u8]) -> Self {
        self.lines
            .extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
        self
    }

    /// Sets the body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    fn names(&self, name: &str) -> bool {
        self.headers
            .iter()
            .any(|(other, _)| other.eq_ignore_ascii_case(name))
    }

    fn bytes(&self, host: &str) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        if !self.names("host") {
            head += &format!("Host: {host}\r\n");
        }
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        let needs_length = !self.body.is_empty() || self.method == "POST";
        if needs_length && !self.names("content-length") && !self.names("transfer-encoding") {
            head += &format!("Content-Length: {}\r\n", self.body.len());
        }
        head += "Connection: close\r\n";
        [head.as_bytes(), &self.lines, b"\r\n", &self.body].concat()
    }
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// Body, without chunks.
    pub body: Vec<u8>,
    /// Every byte of the answer.
    pub raw: Vec<u8>,
}

impl Answer {
    /// Parses an answer. Returns `None` when the bytes are no HTTP answer.
    #[must_use]
    pub fn read(raw: Vec<u8>, is_head: bool) -> Option<Self> {
        let end = find(&raw, b"\r\n\r\n")?;
        let head = String::from_utf8(raw[..end].to_vec()).ok()?;
        let mut lines = head.split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        let mut answer = Self {
            status,
            headers,
            body: raw[end + 4..].to_vec(),
            raw,
        };
        if !is_head && answer.header("transfer-encoding") == Some("chunked") {
            answer.body = dechunked(&answer.body)?;
        }
        Some(answer)
    }

    /// Returns the header of this name. Fails when there are several.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let all = self.all(name);
        assert!(all.len() < 2, "{name} is there twice: {all:?}");
        all.first().copied()
    }

    /// Returns every header of this name.
    #[must_use]
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.headers
            .iter()
            .filter(|(other, _)| other == name)
            .map(|(_, value)| value.as_str())
            .collect()
    }

    /// Returns the body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Returns the body as JSON, `null` when it is no JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// Returns `Location`. Fails when the answer is not a 303.
    pub fn location(&self) -> &str {
        assert_eq!(self.status, 303, "{}", self.text());
        self.header("location").expect("a 303 leads somewhere")
    }

    /// Returns the `error` of a problem document (RFC 9457). Fails when the answer is none.
    pub fn error(&self) -> String {
        let problem = self.json();
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json"),
            "{} {}",
            self.status,
            self.text()
        );
        assert_eq!(problem["status"], self.status, "{problem}");
        assert_eq!(
            problem["request_id"].as_str(),
            self.header("x-request-id"),
            "{problem}"
        );
        problem["error"]
            .as_str()
            .expect("a problem has an error")
            .to_owned()
    }

    /// Fails unless this is the problem document with this status and `error`.
    pub fn is_problem(&self, status: u16, error: &str) -> &Self {
        let found = (self.status, self.error());
        assert_eq!((found.0, found.1.as_str()), (status, error));
        self
    }

    /// Fails unless this is a problem document that says that the session ended for this cause, and the session cookie is removed.
    pub fn tells_cause(&self, cause: &str) -> &Self {
        assert_eq!(self.json()["cause"], cause, "{}", self.text());
        assert!(self.removes_session(), "{:?}", self.headers);
        self
    }

    /// Returns the `Set-Cookie` lines for a cookie with this name, with or without the prefix.
    #[must_use]
    pub fn set_cookie(&self, name: &str) -> Vec<&str> {
        let mut all = self.all("set-cookie");
        all.retain(|line| {
            let own = line.split('=').next().unwrap_or_default();
            own.strip_prefix("__Host-Http-").unwrap_or(own) == name
        });
        all
    }

    /// Returns whether it removes the session cookie.
    #[must_use]
    pub fn removes_session(&self) -> bool {
        self.set_cookie("session")
            .iter()
            .any(|line| line.contains("Max-Age=0"))
    }
}

/// Sends a request to this address, and reads the answer to its end.
pub async fn send(address: &str, host: &str, request: &Request) -> Answer {
    let sent = request.bytes(host);
    let raw = exchange(address, &sent).await;
    let shown = String::from_utf8_lossy(&raw).into_owned();
    let is_head = request.method == "HEAD";
    Answer::read(raw, is_head).unwrap_or_else(|| {
        panic!(
            "no answer to {} {}: {shown:?}",
            request.method, request.target
        )
    })
}

/// Sends these bytes, and reads until the server closes the connection, which it may do before it has read all.
pub async fn exchange(address: &str, sent: &[u8]) -> Vec<u8> {
    let stream = TcpStream::connect(address).await.expect("it listens");
    let (mut reader, mut writer) = stream.into_split();
    let mut raw = Vec::new();
    let reading = async {
        let mut piece = vec![0; 16 * 1024];
        // A reset ends the answer too.
        while let Ok(length @ 1..) = reader.read(&mut piece).await {
            raw.extend_from_slice(&piece[..length]);
        }
    };
    let both = async {
        tokio::join!(reading, async {
            drop(writer.write_all(sent).await);
        })
    };
    tokio::time::timeout(PATIENCE, both)
        .await
        .expect("the connection ends");
    raw
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

fn dechunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = find(rest, b"\r\n")?;
        let length = usize::from_str_radix(std::str::from_utf8(&rest[..end]).ok()?, 16).ok()?;
        rest = &rest[end + 2..];
        if length == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(..length)?);
        rest = rest.get(length + 2..)?;
    }
}
