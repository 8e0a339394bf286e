//! A client's connection, one request at a time.
//!
//! It stands between the socket and the HTTP library, which knows no limit to the time of a second head, allows a head of 128 KiB, reads ahead without
//! bound, and answers what is no request with none of our headers. So the library is given one head at a time, and what comes too early waits in the
//! kernel; then whatever the library writes while no request is under way is such an answer, and ours goes out in its place. Made by the
//! [gate](super::gate). See docs/adr/0020-limits.md.

mod chunks;
mod farewell;
mod head;

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::rt::net::TcpStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use super::gate::Place;
use crate::http::{Length, Pace, Stage, Turn, bare_answer};
use chunks::Chunks;
use farewell::Farewell;
use head::Head;

/// The longest head. Browsers stop far below, and five pending logins take 8 KiB.
const LONGEST_HEAD: usize = 32 * 1024;
/// A head must be there so soon after its first byte, and what is left of a request so soon after its answer.
const TIME_TO_SEND: Duration = Duration::from_secs(5);
/// How long the program waits in all for a client that takes nothing of an answer; what it takes gives it time back.
const TIME_TO_READ: Duration = Duration::from_secs(30);
/// The smallest rate at which an answer must be taken, in bytes a second: below that of the slowest mobile line (GPRS).
const BYTES_A_SECOND: u32 = 2 * 1024;

/// The socket, and where the exchange is.
pub struct Connection {
    socket: TcpStream,
    place: Place,
    turn: Turn,
    phase: Phase,
    head: Head,
    /// How much of the body the library had before it said that there is one.
    given: u64,
    chunks: Chunks,
    /// What came before its time.
    early: Vec<u8>,
    time: Pin<Box<Sleep>>,
    is_timed: bool,
    pace: Pace,
    stalled: Option<Stalled>,
    farewell: Option<Farewell>,
}

/// The socket takes nothing.
struct Stalled {
    since: Instant,
    until: Pin<Box<Sleep>>,
}

/// What the next bytes are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// A head.
    Head,
    /// So much of a body, as the head names it; the library has the whole head, and has not said that it is a request.
    Handed(u64),
    /// So much of a body; nothing is asked for when it is 0.
    Body(u64),
    /// A body in chunks, as the head says.
    Chunks,
    /// What is left of one behind its answer.
    LeftoverChunks,
    /// Whatever comes, until the end.
    Endless,
    /// What is left of a request that is answered. Nobody needs it; the connection ends when it is through.
    Leftover,
    /// Nothing any more.
    Over,
}

impl Connection {
    /// Of a client that was let in; the time for its first head begins.
    pub fn new(socket: TcpStream, place: Place) -> Self {
        Self {
            socket,
            place,
            turn: Turn::default(),
            phase: Phase::Head,
            head: Head::default(),
            given: 0,
            chunks: Chunks::default(),
            early: Vec::new(),
            time: Box::pin(sleep(TIME_TO_SEND)),
            is_timed: true,
            pace: Pace::new(TIME_TO_READ, TIME_TO_READ, BYTES_A_SECOND),
            stalled: None,
            farewell: None,
        }
    }

    /// For the requests that come over it.
    pub fn turn(&self) -> Turn {
        self.turn.clone()
    }

    /// Takes note of what became of the head that was handed over.
    fn follow(&mut self) {
        let (Stage::Asked(length) | Stage::Answered(length)) = self.turn.stage() else {
            return;
        };
        self.is_timed = false;
        if let Phase::Head | Phase::Handed(_) | Phase::Leftover = self.phase {
            self.phase = match length {
                Length::Known(length) => Phase::Body(length.saturating_sub(self.given)),
                Length::Chunks | Length::Endless => Phase::Endless,
            };
        }
    }

    fn begin_time(&mut self) {
        self.time.as_mut().reset(Instant::now() + TIME_TO_SEND);
        self.is_timed = true;
    }

    fn refuse(&mut self, status: StatusCode) {
        let pause = self.place.admit_no_request();
        let answer = bare_answer(status, self.place.is_https());
        self.farewell = Some(Farewell::new(answer, pause));
        self.phase = Phase::Over;
        self.is_timed = false;
    }

    /// What came early, or comes now.
    fn poll_next(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.early.is_empty() {
            return Pin::new(&mut self.socket).poll_read(context, buffer);
        }
        let length = self.early.len().min(buffer.remaining());
        buffer.put_slice(&self.early[..length]);
        self.early.drain(..length);
        Poll::Ready(Ok(()))
    }

    /// While nothing is asked for: notices when the client is gone, and keeps what it sends.
    fn poll_early(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.early.is_empty() {
            let mut piece = [0; 1_024];
            let mut early = ReadBuf::new(&mut piece);
            ready!(Pin::new(&mut self.socket).poll_read(context, &mut early))?;
            if early.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            self.early.extend_from_slice(early.filled());
        }
        self.turn.wake_at_begin(context.waker());
        Poll::Pending
    }

    /// How many of these bytes the library may have now.
    fn admit(&mut self, bytes: &[u8]) -> usize {
        match self.phase {
            Phase::Head => {
                if self.head.length() == 0 && !self.is_timed {
                    self.begin_time();
                }
                let end = self.head.scan(bytes);
                if end.is_some() {
                    self.given = 0;
                    self.chunks = Chunks::default();
                    self.phase = if self.head.is_chunked() {
                        Phase::Chunks
                    } else {
                        Phase::Handed(self.head.body())
                    };
                }
                if self.head.length() > LONGEST_HEAD {
                    self.refuse(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE);
                    return 0;
                }
                end.unwrap_or(bytes.len())
            }
            Phase::Handed(left) => {
                let given = least(left, bytes.len());
                self.given += given as u64;
                self.phase = Phase::Handed(left - given as u64);
                given
            }
            Phase::Body(left) => {
                let given = least(left, bytes.len());
                self.phase = Phase::Body(left - given as u64);
                given
            }
            Phase::Chunks | Phase::LeftoverChunks => match self.chunks.scan(bytes) {
                Some(end) if self.phase == Phase::Chunks => {
                    self.phase = Phase::Body(0);
                    end
                }
                Some(end) => {
                    self.begin_head();
                    end
                }
                None => bytes.len(),
            },
            _ => bytes.len(),
        }
    }

    fn begin_head(&mut self) {
        self.phase = Phase::Head;
        self.head = Head::default();
        self.is_timed = false;
    }

    /// The answer is sent: the next request may come.
    fn turn_over(&mut self, context: &Context<'_>) {
        self.follow();
        self.turn.end();
        match self.phase {
            Phase::Body(0) => {
                self.begin_head();
                if !self.early.is_empty() {
                    context.waker().wake_by_ref();
                }
            }
            Phase::Body(_) | Phase::Endless | Phase::Chunks => {
                self.phase = if self.phase == Phase::Chunks {
                    Phase::LeftoverChunks
                } else {
                    Phase::Leftover
                };
                self.begin_time();
                context.waker().wake_by_ref();
            }
            _ => {}
        }
    }

    fn poll_farewell(&mut self, context: &mut Context<'_>) -> Poll<()> {
        match &mut self.farewell {
            Some(farewell) => farewell.poll(context, &mut self.socket),
            None => Poll::Ready(()),
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.follow();
        if this.is_timed && this.time.as_mut().poll(context).is_ready() {
            this.is_timed = false;
            if matches!(this.phase, Phase::Leftover | Phase::LeftoverChunks) {
                this.phase = Phase::Over;
            } else {
                this.refuse(StatusCode::REQUEST_TIMEOUT);
            }
        }
        match this.phase {
            // No bytes are the end.
            Phase::Over => Poll::Ready(Ok(())),
            Phase::Handed(0) | Phase::Body(0) => this.poll_early(context),
            _ => {
                let before = buffer.filled().len();
                ready!(this.poll_next(context, buffer))?;
                let came = &buffer.filled()[before..];
                let admitted = this.admit(came);
                this.early.splice(..0, came[admitted..].iter().copied());
                buffer.set_filled(before + admitted);
                Poll::Ready(Ok(()))
            }
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.follow();
        if this.turn.stage() == Stage::Idle && this.farewell.is_none() {
            this.refuse(status(bytes));
        }
        if this.farewell.is_some() {
            ready!(this.poll_farewell(context));
            return Poll::Ready(Ok(bytes.len()));
        }
        if let Poll::Ready(written) = Pin::new(&mut this.socket).poll_write(context, bytes) {
            let waited = this.stalled.take().map(|stalled| stalled.since.elapsed());
            let count = *written.as_ref().unwrap_or(&0);
            this.pace.count(waited.unwrap_or_default(), count);
            return Poll::Ready(written);
        }
        let stalled = this.stalled.get_or_insert_with(|| Stalled {
            since: Instant::now(),
            until: Box::pin(sleep(this.pace.left())),
        });
        ready!(stalled.until.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_farewell(context));
        ready!(Pin::new(&mut this.socket).poll_flush(context))?;
        if matches!(this.turn.stage(), Stage::Answered(_)) {
            this.turn_over(context);
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_farewell(context));
        Pin::new(&mut this.socket).poll_shutdown(context)
    }
}

fn least(one: u64, other: usize) -> usize {
    usize::try_from(one).map_or(other, |one| one.min(other))
}

/// The status in the library's own answer.
fn status(answer: &[u8]) -> StatusCode {
    let digits = answer.get(b"HTTP/1.1 ".len()..).unwrap_or_default();
    StatusCode::from_bytes(digits.get(..3).unwrap_or_default()).unwrap_or(StatusCode::BAD_REQUEST)
}
