//! A request body that reports whether the connection has taken some of it. A request is not complete without its body, so before that the server
//! cannot have taken the request, and it may be sent on another connection. For methods that change nothing, an empty body reports whether the
//! connection has taken the request, for the same purpose.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicU8;
use std::sync::atomic::Ordering::{AcqRel, Acquire};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::stream::BoxStream;
use hyper::Method;
use hyper::body::{Body, Frame, SizeHint};

/// Whether a connection has taken some of a body, and whether it still may.
#[derive(Default)]
pub struct BodyWatch(AtomicU8);

const UNTOUCHED: u8 = 0;
const TAKEN: u8 = 1;
const REVOKED: u8 = 2;

impl BodyWatch {
    /// Notes that the connection takes some of the body.
    ///
    /// # Errors
    /// When the request has been given up. It may have been sent on another connection.
    pub fn take(&self) -> io::Result<()> {
        match self.0.compare_exchange(UNTOUCHED, TAKEN, AcqRel, Acquire) {
            Err(REVOKED) => Err(io::Error::other("the request was given up")),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Gives the request up, unless the connection has taken some of the body. Returns whether it was given up. Then the server never gets the
    /// complete request.
    pub(super) fn revoke(&self) -> bool {
        self.0
            .compare_exchange(UNTOUCHED, REVOKED, AcqRel, Acquire)
            .is_ok()
    }
}

/// The body of a request.
pub struct RequestBody(Content);

enum Content {
    Whole {
        bytes: Bytes,
        watch: Option<Arc<BodyWatch>>,
    },
    Stream(BoxStream<'static, io::Result<Bytes>>),
}

/// Creates a body of these bytes, and a watch on whether the connection takes it. An empty body of a method that changes something is not watched.
#[must_use]
pub fn watched_body(method: &Method, bytes: Bytes) -> (RequestBody, Option<Arc<BodyWatch>>) {
    let is_watched = !bytes.is_empty() || method.is_safe();
    let watch = is_watched.then(Arc::<BodyWatch>::default);
    let content = Content::Whole {
        bytes,
        watch: watch.clone(),
    };
    (RequestBody(content), watch)
}

impl RequestBody {
    /// Creates a body of these pieces.
    #[must_use]
    pub fn from_stream(pieces: BoxStream<'static, io::Result<Bytes>>) -> Self {
        Self(Content::Stream(pieces))
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match &mut self.0 {
            Content::Whole { bytes, watch } => {
                if let Some(Err(given_up)) = watch.as_deref().map(BodyWatch::take) {
                    return Poll::Ready(Some(Err(given_up)));
                }
                let bytes = std::mem::take(bytes);
                Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
            }
            Content::Stream(pieces) => {
                let piece = std::task::ready!(pieces.as_mut().poll_next(cx));
                Poll::Ready(piece.map(|piece| piece.map(Frame::data)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(&self.0, Content::Whole { bytes, .. } if bytes.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            Content::Whole { bytes, .. } => SizeHint::with_exact(bytes.len() as u64),
            Content::Stream(_) => SizeHint::default(),
        }
    }
}

impl Drop for RequestBody {
    /// The connection drops an empty body when it takes the request, and any other body when it has taken all of it.
    fn drop(&mut self) {
        if let Content::Whole { bytes, watch } = &self.0
            && bytes.is_empty()
            && let Some(watch) = watch
        {
            // Nothing is sent of a request that was given up, so the error is ignored.
            drop(watch.take());
        }
    }
}
