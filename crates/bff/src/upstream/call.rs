//! A call to an upstream, as the browser sends it, and the pieces of a body.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use hyper::Method;
use hyper::header::HeaderMap;
use tokio::sync::{mpsc, oneshot};

use super::target::Target;

/// A call to send.
pub struct Call {
    /// The method, one of those allowed for the upstream.
    pub method: Method,
    /// The path and query. The path is one of those allowed for the upstream.
    pub target: Target,
    /// The browser's headers that are forwarded.
    pub headers: HeaderMap,
    /// The body.
    pub content: Content,
}

/// A request's body.
pub enum Content {
    /// The whole body, possibly empty. It can be sent again.
    Whole(Bytes),
    /// A stream, which can be used for one call.
    Stream {
        /// Its length, if it is known.
        length: Option<u64>,
        /// Its pieces. A channel that closes without [`Piece::End`] means that the body is truncated.
        pieces: mpsc::Receiver<Piece>,
        /// The reason why the body is truncated, if it is.
        fault: Arc<OnceLock<BodyFault>>,
        /// Resolves when no more pieces will arrive.
        ended: oneshot::Receiver<()>,
    },
    /// A stream that a call has used.
    Spent,
}

/// A part of a body, in either direction. A body without [`End`](Self::End) is truncated.
#[derive(Debug)]
pub enum Piece {
    /// Some bytes.
    Data(Bytes),
    /// The end of a complete body.
    End,
}

/// Why the body of a browser's request is truncated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyFault {
    /// It is longer than the upstream's `max_body`.
    TooLarge,
    /// It arrives too slowly.
    TooSlow,
    /// The browser disconnected, or violated the rules of its encoding.
    Broken,
}
