//! The last answer on a connection whose client sent what is no request.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::rt::net::TcpStream;
use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// How long the client may take to read the answer and to close.
const PATIENCE: Duration = Duration::from_secs(1);
/// What it may go on sending meanwhile: a connection that is closed with something unread takes the answer with it.
const MOST_UNREAD: usize = 512 * 1024;

/// The answer, and what is left to do until the connection can be dropped.
pub struct Farewell {
    /// Whether it is still held back.
    is_held: bool,
    timer: Pin<Box<Sleep>>,
    answer: Vec<u8>,
    sent: usize,
    unread: usize,
    is_shut: bool,
}

impl Farewell {
    /// Sends this, after so long a pause.
    pub fn new(answer: Vec<u8>, pause: Duration) -> Self {
        let is_held = !pause.is_zero();
        Self {
            is_held,
            timer: Box::pin(sleep(if is_held { pause } else { PATIENCE })),
            answer,
            sent: 0,
            // Who was held back has asked too often; nothing more is done for them.
            unread: if is_held { MOST_UNREAD } else { 0 },
            is_shut: false,
        }
    }

    /// Ready when nothing is left to do, whether it went well or not.
    pub fn poll(&mut self, context: &mut Context<'_>, socket: &mut TcpStream) -> Poll<()> {
        while self.timer.as_mut().poll(context).is_ready() {
            if !std::mem::take(&mut self.is_held) {
                return Poll::Ready(());
            }
            self.timer.as_mut().reset(Instant::now() + PATIENCE);
        }
        if self.is_held {
            return Poll::Pending;
        }
        while self.sent < self.answer.len() {
            match Pin::new(&mut *socket).poll_write(context, &self.answer[self.sent..]) {
                Poll::Ready(Ok(written @ 1..)) => self.sent += written,
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => return Poll::Pending,
            }
        }
        if !self.is_shut {
            match Pin::new(&mut *socket).poll_shutdown(context) {
                Poll::Ready(Ok(())) => self.is_shut = true,
                Poll::Ready(Err(_)) => return Poll::Ready(()),
                Poll::Pending => return Poll::Pending,
            }
        }
        while self.unread < MOST_UNREAD {
            let mut piece = [0; 4_096];
            let mut unread = ReadBuf::new(&mut piece);
            match Pin::new(&mut *socket).poll_read(context, &mut unread) {
                Poll::Ready(Ok(())) if !unread.filled().is_empty() => {
                    self.unread += unread.filled().len();
                }
                Poll::Ready(_) => break,
                Poll::Pending => return Poll::Pending,
            }
        }
        Poll::Ready(())
    }
}
