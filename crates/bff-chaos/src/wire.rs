//! A call on a connection of its own, by the byte: what a storm needs, twenty thousand times at once. A client library takes longer to begin a call
//! than the program takes to answer it.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A fetch by a script of the page; status and body, `None` when the connection is refused or cut.
pub async fn fetch(base: &str, path: &str, cookie: &str) -> Option<(u16, Vec<u8>)> {
    let address = base.strip_prefix("http://").unwrap_or(base);
    let request = format!(
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nCookie: {cookie}\r\nSec-Fetch-Site: same-origin\r\nConnection: close\r\n\r\n"
    );
    let mut stream = TcpStream::connect(address).await.ok()?;
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.ok()?;
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).ok()?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, answer[end + 4..].to_vec()))
}
