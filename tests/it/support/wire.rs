//! HTTP/1.1 by the byte: a request is sent exactly as it is written, however wrong, and the whole answer is
//! kept. One connection a request. A well-behaved client library would refuse to send half of what is tried here.

use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Bounds a failure, and measures nothing. Longer than the slowest provider that is tried.
const PATIENCE: Duration = Duration::from_secs(60);

/// A request as it goes over the wire.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    pub target: String,
    /// Names and values, in this order; `Host` and `Connection` are added.
    pub headers: Vec<(String, String)>,
    /// Further header lines, by the byte.
    pub lines: Vec<u8>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn new(method: &str, target: &str) -> Self {
        Self {
            method: method.to_owned(),
            target: target.to_owned(),
            headers: Vec::new(),
            lines: Vec::new(),
            body: Vec::new(),
        }
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A header whose value need not be text.
    pub fn header_of_bytes(mut self, name: &str, value: &[u8]) -> Self {
        self.lines
            .extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
        self
    }

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

/// An answer, and every byte of it.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub raw: Vec<u8>,
}

impl Answer {
    /// From its bytes; none, if they are no answer.
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

    /// The only header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let all = self.all(name);
        assert!(all.len() < 2, "{name} is there twice: {all:?}");
        all.first().copied()
    }

    /// Every header of this name.
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.headers
            .iter()
            .filter(|(other, _)| other == name)
            .map(|(_, value)| value.as_str())
            .collect()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; `null` when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// `Location`, of an answer that must be a 303.
    pub fn location(&self) -> &str {
        assert_eq!(self.status, 303, "{}", self.text());
        self.header("location").expect("a 303 leads somewhere")
    }

    /// The `error` of a problem, which must be written as every problem is.
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

    /// Fails unless this is the problem with this status and `error`.
    pub fn is_problem(&self, status: u16, error: &str) -> &Self {
        let found = (self.status, self.error());
        assert_eq!((found.0, found.1.as_str()), (status, error));
        self
    }

    /// Fails unless a problem says that the session ended for this cause, and takes the cookie away.
    pub fn tells_cause(&self, cause: &str) -> &Self {
        assert_eq!(self.json()["cause"], cause, "{}", self.text());
        assert!(self.removes_session(), "{:?}", self.headers);
        self
    }

    /// The `Set-Cookie` lines for a cookie with this name, which may begin with a prefix.
    pub fn set_cookie(&self, name: &str) -> Vec<&str> {
        let mut all = self.all("set-cookie");
        all.retain(|line| {
            let own = line.split('=').next().unwrap_or_default();
            own.strip_prefix("__Host-Http-").unwrap_or(own) == name
        });
        all
    }

    /// Whether it takes the session cookie away.
    pub fn removes_session(&self) -> bool {
        self.set_cookie("session")
            .iter()
            .any(|line| line.contains("Max-Age=0"))
    }
}

/// Sends a request and reads the answer to its end.
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

/// Sends these bytes, and reads until the other side closes. It may answer and close before it has read all.
pub async fn exchange(address: &str, sent: &[u8]) -> Vec<u8> {
    let stream = TcpStream::connect(address).await.expect("it listens");
    let (mut reader, mut writer) = stream.into_split();
    let mut raw = Vec::new();
    let reading = async {
        let mut piece = vec![0; 16 * 1024];
        // An end by force is an end.
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
