//! The connections that one client opened: sends one attempt of a request over them, and decides when they get no new calls.

use std::error::Error;
use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::{Method, Request, Response, Version};
use hyper_util::client::legacy;
use tokio::time::{Instant, sleep_until};

use super::client_builder::Client;
use super::request_body::{BodyWatch, RequestBody};

/// Time limits after which connections get no new calls, and after which a call leaves them.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// Maximum age for new calls. DNS records of load balancers live for about a minute.
    pub(super) max_age: Duration,
    /// Minimum age at which a failure to connect causes the trust store to be read again.
    pub(super) min_age: Duration,
    /// How long a call may wait for a response while no other call gets one either. A slower server costs one more connection in this time.
    pub(super) response_wait: Duration,
    /// How long a call may wait until the connection takes its body. Longer than connecting takes.
    pub(super) queue_wait: Duration,
}

impl Limits {
    /// Returns the limits for calls that may take `call`, over connections that may take `connect` to be made.
    pub(super) fn new(call: Duration, connect: Duration) -> Self {
        let response_wait = Duration::from_secs(2).min(call / 4);
        Self {
            max_age: Duration::from_secs(30),
            min_age: Duration::from_secs(1),
            response_wait,
            queue_wait: response_wait + connect,
        }
    }
}

/// Connections that one client opened, with what is known about them.
pub struct Pool {
    client: Client,
    made_at: Instant,
    is_retired: AtomicBool,
    /// Whether the server's last response was HTTP/1.1. With HTTP/1.1 a call that is given up closes its connection, so the other connections stay
    /// usable.
    is_http1: Arc<AtomicBool>,
    /// When a part of any response last arrived, in milliseconds since `made_at`.
    last_response_after: AtomicU64,
}

/// One try of a request.
pub struct Attempt {
    /// The request to send.
    pub request: Request<RequestBody>,
    /// Whether the connection has taken some of its body.
    pub body: Option<Arc<BodyWatch>>,
}

/// Why a try has no response.
pub(super) enum AttemptError {
    /// The request is queued for a connection, and may stay there: the client library can lose a request in the queue of a connection that ends.
    Queued,
    /// The transport failed.
    Transport(legacy::Error),
}

impl Pool {
    pub(super) fn new(client: Client, is_http1: Arc<AtomicBool>) -> Self {
        Self {
            client,
            made_at: Instant::now(),
            is_retired: AtomicBool::new(false),
            is_http1,
            last_response_after: AtomicU64::new(0),
        }
    }

    /// Returns the client that opened the connections.
    pub(super) fn client(&self) -> Client {
        self.client.clone()
    }

    /// Returns whether new calls may use the pool.
    pub(super) fn takes_new_calls(&self, max_age: Duration) -> bool {
        !self.is_retired.load(Relaxed) && self.made_at.elapsed() < max_age
    }

    /// Stops giving the pool new calls if it has this age.
    pub(super) fn retire_if_older_than(&self, min_age: Duration) {
        if self.made_at.elapsed() >= min_age {
            self.is_retired.store(true, Relaxed);
        }
    }

    /// Stops giving the pool new calls, because one call was not answered in time.
    pub fn retire(&self) {
        if !self.is_http1.load(Relaxed) {
            self.is_retired.store(true, Relaxed);
        }
    }

    /// Notes that a part of a response arrived.
    pub fn note_response(&self) {
        let millis = u64::try_from(self.made_at.elapsed().as_millis());
        self.last_response_after
            .store(millis.unwrap_or(u64::MAX), Relaxed);
    }

    /// Stops giving the pool new calls if no part of a response has arrived since `time`.
    pub(super) fn retire_without_response_since(&self, time: Instant) {
        let last_response_after = Duration::from_millis(self.last_response_after.load(Relaxed));
        if self.made_at + last_response_after <= time {
            self.retire();
        }
    }

    /// Sends one attempt and waits for the head of its response.
    pub(super) async fn send(
        &self,
        attempt: Attempt,
        limits: Limits,
    ) -> Result<Response<Incoming>, AttemptError> {
        let response = tokio::select! {
            // First, because a response that has come counts whatever the time.
            biased;
            sent = self.client.request(attempt.request) => sent.map_err(AttemptError::Transport)?,
            () = self.queued(attempt.body, limits) => return Err(AttemptError::Queued),
        };
        let is_http1 = response.version() <= Version::HTTP_11;
        self.is_http1.store(is_http1, Relaxed);
        self.note_response();
        Ok(response)
    }

    /// Stops giving the pool new calls if no response arrives. Resolves when the connection has not taken the body in time.
    async fn queued(&self, body: Option<Arc<BodyWatch>>, limits: Limits) {
        let began = Instant::now();
        sleep_until(began + limits.response_wait).await;
        self.retire_without_response_since(began);
        if let Some(body) = body {
            sleep_until(began + limits.queue_wait).await;
            if body.revoke() {
                self.retire();
                return;
            }
        }
        pending::<()>().await;
    }
}

/// Returns whether the server provably did not take this request, so that it may be repeated even if it is not safe to repeat.
pub(super) fn was_not_taken(
    error: &legacy::Error,
    method: &Method,
    body: Option<&BodyWatch>,
) -> bool {
    // A request is not complete without its body. Only the head may have been sent.
    if !error.is_connect() && body.is_some_and(BodyWatch::revoke) {
        return true;
    }
    // If no I/O error prevented the connection, the shared connection was closed before this request's turn.
    let mut is_of_pool = error.is_connect() && !is_timeout(error);
    let mut next = error.source();
    while let Some(cause) = next {
        next = cause.source();
        is_of_pool &= !cause.is::<std::io::Error>();
        if let Some(error) = cause.downcast_ref::<h2::Error>() {
            // RFC 9113 §8.7. A GOAWAY ends only streams above its last stream id. The streams up to that id end with their connection.
            let is_refused =
                error.is_go_away() || error.reason() == Some(h2::Reason::REFUSED_STREAM);
            return error.is_remote() && is_refused;
        }
        if let Some(error) = cause.downcast_ref::<hyper::Error>() {
            // Canceled: the request was still in a queue. User: the request was the next in turn when the connection ended. It may have been sent,
            // so it is repeated only where that does no harm.
            if error.is_canceled() || (error.is_user() && method.is_safe()) {
                return true;
            }
        }
    }
    is_of_pool
}

/// Returns whether the transport failed because a time limit passed: that of making a connection, or that of a ping.
#[must_use]
pub fn is_timeout(error: &legacy::Error) -> bool {
    let mut next = error.source();
    while let Some(cause) = next {
        let hyper = cause.downcast_ref::<hyper::Error>();
        let io = cause.downcast_ref::<std::io::Error>();
        if hyper.is_some_and(hyper::Error::is_timeout)
            || io.is_some_and(|error| error.kind() == std::io::ErrorKind::TimedOut)
        {
            return true;
        }
        next = cause.source();
    }
    false
}
