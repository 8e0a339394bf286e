//! A request body that reports whether the connection has taken some of it. A request is not complete without its body, so before that the server
//! cannot have taken the request, and it may be sent on another connection. For methods that change nothing, an empty body reports whether the
//! connection has taken the request, for the same purpose.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::AtomicU8;
use std::sync::atomic::Ordering::{AcqRel, Acquire};
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use reqwest::{Body, Method};

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
    pub fn take(&self) -> std::io::Result<()> {
        match self.0.compare_exchange(UNTOUCHED, TAKEN, AcqRel, Acquire) {
            Err(REVOKED) => Err(std::io::Error::other("the request was given up")),
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

/// Creates a body of these bytes, and a watch on whether the connection takes it. An empty body of a method that changes something is not watched.
#[must_use]
pub fn watched_body(method: &Method, bytes: Bytes) -> (Body, Option<Arc<BodyWatch>>) {
    if bytes.is_empty() && !method.is_safe() {
        return (Body::from(bytes), None);
    }
    let watch = Arc::<BodyWatch>::default();
    let body = WatchedBody {
        bytes,
        watch: Arc::clone(&watch),
    };
    (Body::wrap(body), Some(watch))
}

struct WatchedBody {
    bytes: Bytes,
    watch: Arc<BodyWatch>,
}

impl HttpBody for WatchedBody {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Err(given_up) = self.watch.take() {
            return Poll::Ready(Some(Err(given_up)));
        }
        let bytes = std::mem::take(&mut self.bytes);
        Poll::Ready((!bytes.is_empty()).then(|| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.len() as u64)
    }
}

impl Drop for WatchedBody {
    /// The connection drops an empty body when it takes the request, and any other body when it has taken all of it.
    fn drop(&mut self) {
        if self.bytes.is_empty() {
            // Nothing is sent of a request that was given up, so the error is ignored.
            drop(self.watch.take());
        }
    }
}
