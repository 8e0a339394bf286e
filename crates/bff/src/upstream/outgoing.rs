//! The body of a request to an upstream. The part of a stream that has been sent is kept for a while, so that a request that the upstream provably
//! did not take can be sent again. A stream that exceeds the limit cannot be sent again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use hyper::Method;
use tokio::sync::mpsc;

use super::call::Piece;
use crate::provider::{BodyWatch, RequestBody, watched_body};

/// Maximum number of bytes of a stream that are kept. A server accepts 64 KB of a request before it takes it (RFC 9113 §6.9.2), unless it announces
/// another window. The rest is for the overhead of the pieces that hold the bytes.
const MAX_KEPT: usize = 192 * 1024;

/// Maximum number of bytes that the connection is given at once, so that it does not ask for more than it may send.
const MAX_PART: usize = 16 * 1024;

/// A body that can be sent more than once.
pub(super) enum Outgoing {
    Whole(Bytes),
    Stream(Arc<Mutex<Source>>),
}

/// A stream, and the part of it that has been sent.
pub(super) struct Source {
    pieces: mpsc::Receiver<Piece>,
    kept: Vec<Bytes>,
    /// Size of the kept pieces in bytes; `None` when some pieces were not kept.
    kept_bytes: Option<usize>,
    /// How the stream ended; `None` while it has not.
    end: Option<End>,
    /// The number of the current try. Earlier tries get no more bytes.
    reader: u32,
    /// How many of the kept pieces the current try has read.
    read: usize,
    /// The unread rest of the last piece.
    rest: Bytes,
}

#[derive(Clone, Copy)]
enum End {
    Whole,
    Cut,
}

impl Outgoing {
    pub(super) fn stream(pieces: mpsc::Receiver<Piece>) -> Self {
        Self::Stream(Arc::new(Mutex::new(Source {
            pieces,
            kept: Vec::new(),
            kept_bytes: Some(0),
            end: None,
            reader: 0,
            read: 0,
            rest: Bytes::new(),
        })))
    }

    /// Returns the body for the next try, and a watch on whether the connection takes it; `None` when the body cannot be sent again.
    pub(super) fn body(&self, method: &Method) -> Option<(RequestBody, Option<Arc<BodyWatch>>)> {
        let source = match self {
            Self::Whole(bytes) => return Some(watched_body(method, bytes.clone())),
            Self::Stream(source) => source,
        };
        let reader = {
            let mut source = lock(source);
            source.kept_bytes?;
            source.reader += 1;
            source.read = 0;
            source.rest = Bytes::new();
            source.reader
        };
        let watch = Arc::<BodyWatch>::default();
        let (source, taken) = (Arc::clone(source), Arc::clone(&watch));
        let pieces = stream::poll_fn(move |cx| match taken.take() {
            Ok(()) => lock(&source).poll_next(cx, reader),
            Err(given_up) => Poll::Ready(Some(Err(given_up))),
        });
        Some((RequestBody::from_stream(pieces.boxed()), Some(watch)))
    }

    /// Stops keeping sent bytes, because the request has a response and is not sent again.
    pub(super) fn keep_no_more(&self) {
        if let Self::Stream(source) = self {
            lock(source).keep_no_more();
        }
    }
}

impl Source {
    fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
        reader: u32,
    ) -> Poll<Option<Result<Bytes, std::io::Error>>> {
        let cut = |why| Poll::Ready(Some(Err(std::io::Error::other(why))));
        if reader != self.reader {
            return cut("the body is sent again on another connection");
        }
        if self.rest.is_empty() {
            self.rest = match std::task::ready!(self.poll_piece(cx)) {
                Ok(bytes) => bytes,
                Err(End::Whole) => return Poll::Ready(None),
                Err(End::Cut) => return cut("the body was cut off"),
            };
        }
        let length = self.rest.len().min(MAX_PART);
        Poll::Ready(Some(Ok(self.rest.split_to(length))))
    }

    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Result<Bytes, End>> {
        if let Some(bytes) = self.kept.get(self.read) {
            self.read += 1;
            return Poll::Ready(Ok(bytes.clone()));
        }
        let end = match self.end {
            Some(end) => end,
            None => match std::task::ready!(self.pieces.poll_recv(cx)) {
                Some(Piece::Data(bytes)) => {
                    self.keep(&bytes);
                    return Poll::Ready(Ok(bytes));
                }
                Some(Piece::End) => End::Whole,
                None => End::Cut,
            },
        };
        self.end = Some(end);
        Poll::Ready(Err(end))
    }

    fn keep(&mut self, bytes: &Bytes) {
        let kept_bytes = self.kept_bytes.map(|kept| kept + bytes.len());
        match kept_bytes {
            Some(kept) if kept <= MAX_KEPT => {
                self.kept.push(bytes.clone());
                self.read = self.kept.len();
                self.kept_bytes = kept_bytes;
            }
            _ => self.keep_no_more(),
        }
    }

    fn keep_no_more(&mut self) {
        self.kept_bytes = None;
        // A response may arrive before the current try has read all kept pieces.
        if self.read == self.kept.len() {
            self.kept.clear();
            self.read = 0;
        }
    }
}

fn lock(source: &Mutex<Source>) -> MutexGuard<'_, Source> {
    // A poisoned lock is safe to use, because no code under the lock panics half-way.
    source.lock().unwrap_or_else(PoisonError::into_inner)
}
