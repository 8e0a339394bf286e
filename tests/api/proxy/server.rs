//! An upstream byte by byte: it keeps what it got, and sends what the test wrote, also malformed answers.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

/// Bounds a failure, and measures nothing.
const PATIENCE: Duration = Duration::from_secs(40);

/// A server that listens until the value is dropped.
pub struct Upstream {
    pub base: String,
    shared: Arc<Shared>,
    requests: watch::Receiver<usize>,
    listening: tokio::task::JoinHandle<()>,
}

struct Shared {
    seen: Mutex<Vec<Seen>>,
    count: watch::Sender<usize>,
    /// What is answered next, one after the other; the last one stays.
    answers: Mutex<Vec<Vec<Step>>>,
    /// A request with this credential gets 401.
    refused: Mutex<Option<String>>,
    /// Each permit lets a `Step::Wait` go on.
    gate: Semaphore,
    /// How many connections were closed by the program while an answer was under way.
    left: watch::Sender<usize>,
}

/// A part of an answer.
#[derive(Clone)]
pub enum Step {
    /// These bytes go out at once.
    Send(Vec<u8>),
    /// The body is read first.
    ReadBody,
    /// Nothing happens until the test says so, or the program goes away.
    Wait,
    /// The connection ends.
    Close,
    /// As many bytes as can be written, until the program goes away.
    Flood,
}

/// A request as it came off the wire.
#[derive(Clone, Debug)]
pub struct Seen {
    pub line: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Seen {
    /// The only header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut all = self.headers.iter().filter(|(other, _)| other == name);
        let first = all.next().map(|(_, value)| value.as_str());
        assert!(all.next().is_none(), "{name} is there twice: {self:?}");
        first
    }

    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        names
    }
}

/// An answer with these header lines and this body, whose length is told.
pub fn answer(status: &str, lines: &str, body: &str) -> Vec<Step> {
    let head = format!(
        "HTTP/1.1 {status}\r\n{lines}Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    vec![Step::ReadBody, Step::Send(head.into_bytes())]
}

impl Upstream {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port is free");
        let base = format!("http://{}", listener.local_addr().expect("it is bound"));
        let shared = Arc::new(Shared {
            seen: Mutex::default(),
            count: watch::Sender::new(0),
            answers: Mutex::new(vec![answer(
                "200 OK",
                "Content-Type: text/plain\r\n",
                "well",
            )]),
            refused: Mutex::default(),
            gate: Semaphore::new(0),
            left: watch::Sender::new(0),
        });
        let requests = shared.count.subscribe();
        let serving = Arc::clone(&shared);
        let listening = tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(serve(connection, Arc::clone(&serving)));
            }
        });
        Self {
            base,
            shared,
            requests,
            listening,
        }
    }

    /// Host and port.
    pub fn authority(&self) -> &str {
        &self.base["http://".len()..]
    }

    /// Every request from now on is answered so.
    pub fn answers(&self, steps: Vec<Step>) {
        self.answers_in_turn(vec![steps]);
    }

    /// The next requests are answered so, one after the other, and all others as the last.
    pub fn answers_in_turn(&self, turns: Vec<Vec<Step>>) {
        *self.shared.answers.lock().expect("no task panics with it") = turns;
    }

    /// Answers requests with this credential with 401 from now on.
    pub fn refuses(&self, credential: &str) {
        *self.shared.refused.lock().expect("no task panics with it") = Some(credential.to_owned());
    }

    /// One step that waits goes on.
    pub fn go_on(&self) {
        self.shared.gate.add_permits(1);
    }

    /// Every request so far whose head was whole.
    pub fn seen(&self) -> Vec<Seen> {
        self.shared
            .seen
            .lock()
            .expect("no task panics with it")
            .clone()
    }

    /// The only request since the last look.
    pub fn take(&self) -> Seen {
        let mut seen = self.shared.seen.lock().expect("no task panics with it");
        assert_eq!(seen.len(), 1, "{seen:?}");
        seen.remove(0)
    }

    /// Waits until so many requests have come since the start.
    pub async fn has_seen(&self, count: usize) {
        let mut requests = self.requests.clone();
        let coming = requests.wait_for(|seen| *seen >= count);
        let come = tokio::time::timeout(PATIENCE, coming).await;
        drop(come.expect("the upstream is asked").expect("it lives"));
    }

    /// How many answers the program has left half-way.
    pub fn left(&self) -> usize {
        *self.shared.left.borrow()
    }

    /// Waits until the program has left so many answers half-way.
    pub async fn was_left(&self, count: usize) {
        let mut left = self.shared.left.subscribe();
        let leaving = left.wait_for(|left| *left >= count);
        let gone = tokio::time::timeout(PATIENCE, leaving).await;
        drop(gone.expect("the program goes away").expect("it lives"));
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// Takes requests from one connection, as long as it is kept.
async fn serve(mut connection: TcpStream, shared: Arc<Shared>) {
    let mut read = Vec::new();
    while let Some(head) = read_head(&mut connection, &mut read).await {
        let (length, is_chunked) = (
            head.header("content-length")
                .and_then(|length| length.parse().ok()),
            head.header("transfer-encoding").is_some(),
        );
        let is_refused = {
            let refused = shared.refused.lock().expect("no task panics with it");
            refused.is_some() && head.header("authorization") == refused.as_deref()
        };
        let at = {
            let mut seen = shared.seen.lock().expect("no task panics with it");
            seen.push(head);
            seen.len() - 1
        };
        shared.count.send_modify(|count| *count += 1);
        let steps = {
            let mut turns = shared.answers.lock().expect("no task panics with it");
            if is_refused {
                answer("401 Unauthorized", "", "over")
            } else if turns.len() > 1 {
                turns.remove(0)
            } else {
                turns[0].clone()
            }
        };
        for step in steps {
            match step {
                Step::ReadBody => {
                    let body = read_body(&mut connection, &mut read, length, is_chunked).await;
                    let Some(body) = body else {
                        shared.left.send_modify(|left| *left += 1);
                        return;
                    };
                    let mut seen = shared.seen.lock().expect("no task panics with it");
                    if let Some(own) = seen.get_mut(at) {
                        own.body = body;
                    }
                }
                Step::Send(bytes) => {
                    if connection.write_all(&bytes).await.is_err() {
                        shared.left.send_modify(|left| *left += 1);
                        return;
                    }
                }
                Step::Wait => {
                    let mut byte = [0];
                    tokio::select! {
                        permit = shared.gate.acquire() => permit.expect("it is open").forget(),
                        // Whatever comes now is the end.
                        _ = connection.read(&mut byte) => {
                            shared.left.send_modify(|left| *left += 1);
                            return;
                        }
                    }
                }
                Step::Close => return,
                Step::Flood => {
                    let piece = [b'x'; 16 * 1024];
                    while connection.write_all(&piece).await.is_ok() {}
                    shared.left.send_modify(|left| *left += 1);
                    return;
                }
            }
        }
    }
}

async fn read_head(connection: &mut TcpStream, read: &mut Vec<u8>) -> Option<Seen> {
    let end = loop {
        if let Some(end) = find(read, b"\r\n\r\n") {
            break end;
        }
        more(connection, read).await?;
    };
    let head = String::from_utf8(read[..end].to_vec()).ok()?;
    read.drain(..end + 4);
    let mut lines = head.split("\r\n");
    Some(Seen {
        line: lines.next()?.to_owned(),
        headers: lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect(),
        body: Vec::new(),
    })
}

async fn read_body(
    connection: &mut TcpStream,
    read: &mut Vec<u8>,
    length: Option<usize>,
    is_chunked: bool,
) -> Option<Vec<u8>> {
    if !is_chunked {
        let length = length.unwrap_or_default();
        while read.len() < length {
            more(connection, read).await?;
        }
        return Some(read.drain(..length).collect());
    }
    let mut body = Vec::new();
    loop {
        let line = loop {
            if let Some(end) = find(read, b"\r\n") {
                break read.drain(..end + 2).collect::<Vec<u8>>();
            }
            more(connection, read).await?;
        };
        let size = std::str::from_utf8(&line[..line.len() - 2]).ok()?;
        let size = usize::from_str_radix(size, 16).ok()?;
        while read.len() < size + 2 {
            more(connection, read).await?;
        }
        body.extend(read.drain(..size));
        read.drain(..2);
        if size == 0 {
            return Some(body);
        }
    }
}

async fn more(connection: &mut TcpStream, read: &mut Vec<u8>) -> Option<()> {
    let mut piece = vec![0; 16 * 1024];
    match connection.read(&mut piece).await {
        Ok(length @ 1..) => {
            read.extend_from_slice(&piece[..length]);
            Some(())
        }
        _ => None,
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}
