//! Whose turn it is on a connection: the client's, to send a request, or ours, to answer it.
//!
//! The connection (`app`) cannot see when a request begins and ends, and the envelope, which can, does not see the connection. They share this.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::ServiceRequest;
use actix_web::http::Method;
use actix_web::http::header::{CONTENT_LENGTH, TRANSFER_ENCODING};
use actix_web::web::Bytes;

/// How much of a request is still to come behind its head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// So many bytes.
    Known(u64),
    /// In chunks.
    Chunks,
    /// Whatever comes until the end of the connection.
    Endless,
}

impl Length {
    /// What comes behind the head of a request.
    pub fn of(request: &ServiceRequest) -> Self {
        if request.head().upgrade() || request.method() == Method::CONNECT {
            Self::Endless
        } else if request.headers().contains_key(TRANSFER_ENCODING) {
            Self::Chunks
        } else {
            Self::Known(announced_length(request))
        }
    }
}

/// How long the body is, as far as its sender says.
pub fn announced_length(request: &ServiceRequest) -> u64 {
    let length = request.headers().get(CONTENT_LENGTH);
    length
        .and_then(|length| length.to_str().ok()?.parse().ok())
        .unwrap_or_default()
}

/// Where an exchange is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// No request is under way.
    #[default]
    Idle,
    /// A request is being read and answered.
    Asked(Length),
    /// The last byte of the answer was made; not all may be sent.
    Answered(Length),
}

/// Shared by a connection and the requests that come over it, one at a time.
#[derive(Clone, Debug, Default)]
pub struct Turn(Rc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    stage: Cell<Stage>,
    waker: RefCell<Option<Waker>>,
}

impl Turn {
    /// Where it is.
    #[must_use]
    pub fn stage(&self) -> Stage {
        self.0.stage.get()
    }

    /// The answer is sent, and the client may ask again.
    pub fn end(&self) {
        self.0.stage.set(Stage::Idle);
    }

    /// Wakes this task at the beginning of a request.
    pub fn wake_at_begin(&self, waker: &Waker) {
        *self.0.waker.borrow_mut() = Some(waker.clone());
    }

    /// A request has begun.
    pub fn begin(&self, length: Length) {
        self.0.stage.set(Stage::Asked(length));
        if let Some(waker) = self.0.waker.take() {
            waker.wake();
        }
    }

    /// The answer is made.
    pub fn answered(&self) {
        if let Stage::Asked(length) = self.stage() {
            self.0.stage.set(Stage::Answered(length));
        }
    }

    /// An answer that is made when its body is.
    pub fn answer_with(self, body: BoxBody) -> BoxBody {
        BoxBody::new(Answer { body, turn: self })
    }
}

/// The body of an answer.
struct Answer {
    body: BoxBody,
    turn: Turn,
}

impl Drop for Answer {
    fn drop(&mut self) {
        self.turn.answered();
    }
}

impl MessageBody for Answer {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.get_mut().body).poll_next(context)
    }
}
