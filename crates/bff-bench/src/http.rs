//! A minimal blocking HTTP/1.1 client for single requests to 127.0.0.1, such as the probe of a starting server.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use crate::failure::{Failure, Outcome};

/// Time limit for one read, which no healthy server reaches.
const PATIENCE: Duration = Duration::from_secs(10);

/// An answer: its status, and its head and body as one text.
pub struct Answer {
    /// Status code.
    pub status: u16,
    /// Head and body.
    pub text: String,
}

impl Answer {
    /// Returns the body. A chunked body contains its chunk sizes.
    pub fn body(&self) -> &str {
        self.text
            .split_once("\r\n\r\n")
            .map_or("", |(_, body)| body)
    }
}

/// Sends a GET on a connection of its own, and reads the answer to its end.
///
/// # Errors
/// [`Failure`] when the server does not answer, or its answer is not HTTP.
pub fn get(port: u16, path: &str, cookie: Option<&str>) -> Outcome<Answer> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let cookie = cookie.map_or_else(String::new, |cookie| format!("Cookie: {cookie}\r\n"));
    let head = format!(
        "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n{cookie}\r\n"
    );
    stream.write_all(head.as_bytes())?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let status = text
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| Failure::new(format!("{path}: no HTTP answer")))?;
    Ok(Answer { status, text })
}
