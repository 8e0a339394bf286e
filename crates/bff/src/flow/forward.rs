//! Forwards a call of the browser to an upstream, with the session's access token.
//!
//! The call runs in its own task, because the connection to the upstream must not end with an actix worker. The task ends as soon as the caller
//! stops waiting. When a session ends, its calls end: the session is checked before a call is sent, and while its response streams.

use std::sync::Arc;
use std::time::Duration;

use hyper::StatusCode;
use hyper::header::HeaderMap;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::error::FlowError;
use super::refresher::Refresher;
use super::sessions::Sessions;
use super::single_flight::Tasks;
use crate::domain::{RequestId, Session};
use crate::upstream::{
    Call, Content, Pace, Permit, Piece, Upstream, UpstreamError, UpstreamResponse, Upstreams,
};

/// Interval at which a stream checks that its session is still live and the program is not about to stop.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// Total time that a call waits for a browser that does not read the response. The bytes that the browser reads give time back.
const TIME_TO_READ: Duration = Duration::from_secs(30);
/// Minimum rate at which a browser must read a response, in bytes per second. Below the rate of the slowest mobile network (GPRS).
const READ_RATE: u32 = 2 * 1024;

/// The response of an upstream.
pub struct Forwarded {
    /// Its status.
    pub status: StatusCode,
    /// All its headers.
    pub headers: HeaderMap,
    /// Its body. A channel that closes without [`Piece::End`] means that the body is truncated.
    pub body: mpsc::Receiver<Piece>,
}

/// Forwards calls to the configured upstreams.
pub struct Forwarder {
    pub(super) upstreams: Upstreams,
    pub(super) sessions: Arc<Sessions>,
    pub(super) refresher: Arc<Refresher>,
    pub(super) tasks: Tasks,
    /// Streams are cut when only this much time of a graceful shutdown is left, so that all other work can finish in it.
    pub(super) last_call: Duration,
}

impl Forwarder {
    /// Returns the configured upstreams.
    #[must_use]
    pub fn upstreams(&self) -> &Upstreams {
        &self.upstreams
    }

    /// Forwards the call with a usable access token. If the upstream refuses the token, the token is refreshed once. The call is then repeated
    /// once, if its body can be sent again. Dropping the returned future or the response ends the call.
    ///
    /// # Errors
    /// [`FlowError`]. Only `SessionEnded` and `NotAuthenticated` mean that the session has ended; nothing was sent after that.
    pub async fn forward(
        self: &Arc<Self>,
        session: &Session,
        upstream: &Arc<Upstream>,
        call: Call,
        request_id: &RequestId,
    ) -> Result<Forwarded, FlowError> {
        let call_task = ForwardedCall {
            forwarder: Arc::clone(self),
            session: session.clone(),
            _permit: upstream.reserve(session)?,
            upstream: Arc::clone(upstream),
            request_id: request_id.clone(),
        };
        let (begun, beginning) = oneshot::channel();
        self.tasks.spawn(call_task.run(call, begun));
        beginning.await.map_err(|_| FlowError::Internal)?
    }
}

/// One call under way.
struct ForwardedCall {
    forwarder: Arc<Forwarder>,
    session: Session,
    upstream: Arc<Upstream>,
    request_id: RequestId,
    _permit: Permit,
}

impl ForwardedCall {
    async fn run(self, call: Call, mut begun: oneshot::Sender<Result<Forwarded, FlowError>>) {
        let response = tokio::select! {
            response = Box::pin(self.ask(call)) => response,
            halt = self.watch() => Err(halt),
            // The caller has stopped waiting. Returning drops the future of the call, which ends the call.
            () = begun.closed() => return,
        };
        let (pieces, body) = mpsc::channel(1);
        let (forwarded, response) = match response {
            Ok(response) => {
                let forwarded = Forwarded {
                    status: response.status(),
                    headers: response.headers().clone(),
                    body,
                };
                (Ok(forwarded), Some(response))
            }
            Err(error) => (Err(error), None),
        };
        if begun.send(forwarded).is_ok()
            && let Some(response) = response
        {
            self.stream(response, pieces).await;
        }
    }

    /// Sends the call with a usable token and returns the response.
    async fn ask(&self, mut call: Call) -> Result<UpstreamResponse, FlowError> {
        // The session was opened before the request's body arrived, so it is read again.
        let session = self.forwarder.sessions.read(&self.session.key).await?;
        let session = self
            .forwarder
            .refresher
            .with_usable_token(&session, &self.request_id)
            .await?;
        let response = self.send(&mut call, &session).await?;
        if response.status() != StatusCode::UNAUTHORIZED {
            return Ok(response);
        }
        drop(response);
        // An upstream cannot end a session. For an upstream that refuses every token no further tokens are spent.
        if self.upstream.has_refused(&session) || session.tokens.refresh_token.is_none() {
            return Err(UpstreamError::TokenRefused.into());
        }
        let renewed = self
            .forwarder
            .refresher
            .with_newer_token(&session, &self.request_id)
            .await?;
        if matches!(call.content, Content::Spent) {
            return Err(UpstreamError::Spent.into());
        }
        let response = self.send(&mut call, &renewed).await?;
        if response.status() == StatusCode::UNAUTHORIZED {
            self.upstream.note_refusal(&renewed);
            return Err(UpstreamError::TokenRefused.into());
        }
        Ok(response)
    }

    async fn send(
        &self,
        call: &mut Call,
        session: &Session,
    ) -> Result<UpstreamResponse, UpstreamError> {
        let upstreams = &self.forwarder.upstreams;
        let token = &session.tokens.access_token;
        upstreams
            .send(&self.upstream, call, token, &self.request_id)
            .await
    }

    /// Streams the response as fast as the browser reads it. An early end cuts the connection, so that the browser detects the truncation.
    async fn stream(&self, response: UpstreamResponse, pieces: mpsc::Sender<Piece>) {
        let cut = tokio::select! {
            end = self.pump(response, &pieces) => match end {
                Ok(()) => return,
                Err(error) => error.into(),
            },
            halt = self.watch() => halt,
            // The browser disconnected.
            () = pieces.closed() => return,
        };
        let upstream = &self.upstream.settings.name;
        tracing::warn!(event = "stream_cut", upstream, cause = %cut, "an upstream's response was cut off");
    }

    async fn pump(
        &self,
        mut response: UpstreamResponse,
        pieces: &mpsc::Sender<Piece>,
    ) -> Result<(), UpstreamError> {
        let idle = self.upstream.settings.idle_timeout;
        let mut pace = Pace::new(TIME_TO_READ, TIME_TO_READ, READ_RATE);
        loop {
            let piece = response.next(idle).await?;
            let bytes = match &piece {
                Piece::Data(bytes) => Some(bytes.len()),
                Piece::End => None,
            };
            let begun = Instant::now();
            match tokio::time::timeout(pace.left().min(idle), pieces.send(piece)).await {
                Ok(Ok(())) => match bytes {
                    Some(bytes) => pace.count(begun.elapsed(), bytes),
                    None => return Ok(()),
                },
                Ok(Err(_)) => return Ok(()),
                Err(_) => return Err(UpstreamError::NotRead),
            }
        }
    }

    /// Resolves when the call must end: its session has ended, or the program is about to stop.
    async fn watch(&self) -> FlowError {
        loop {
            tokio::time::sleep(CHECK_INTERVAL).await;
            let left = self.forwarder.tasks.time_left();
            if left.is_some_and(|left| left <= self.forwarder.last_call) {
                return UpstreamError::Stopping.into();
            }
            // A failure of the store does not end the call.
            if let Err(end @ (FlowError::SessionEnded(_) | FlowError::NotAuthenticated)) =
                self.forwarder.sessions.read(&self.session.key).await
            {
                return end;
            }
        }
    }
}
