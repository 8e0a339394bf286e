//! A call of the browser to an upstream, with the session's access token.
//!
//! It runs in a task of its own, because the connection to the upstream must not end with an actix worker; it ends as soon as nobody waits for it.
//! A session that ends takes its calls with it: before one goes out, and while its answer streams.

use std::sync::Arc;
use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::Flows;
use super::error::FlowError;
use crate::domain::{RequestId, Session};
use crate::upstream::{
    Answer, Call, Content, Pace, Piece, Place, Upstream, UpstreamError, Upstreams,
};

/// How often a stream looks whether its session still lives and the program still runs.
const LOOK: Duration = Duration::from_secs(1);

/// How long a call waits in all for a browser that takes nothing of the answer; what the browser takes gives it time back.
const TIME_TO_READ: Duration = Duration::from_secs(30);
/// The smallest rate at which a browser must take an answer, in bytes a second: below that of the slowest mobile line (GPRS).
const READ_RATE: u32 = 2 * 1024;

/// After an upstream refused a token that had just been issued, none is issued for it in this session for so long.
pub(super) const PAUSE_AFTER_REFUSAL: Duration = Duration::from_secs(60);

/// An upstream's answer.
pub struct Forwarded {
    /// Its status.
    pub status: StatusCode,
    /// All its headers.
    pub headers: HeaderMap,
    /// Its body; an end without [`Piece::End`] is none.
    pub body: mpsc::Receiver<Piece>,
}

impl Flows {
    /// The upstreams that there are.
    #[must_use]
    pub fn upstreams(&self) -> &Upstreams {
        &self.parts.upstreams
    }

    /// Passes the call on with a usable access token. If the upstream refuses the token, it is refreshed once, and the call repeated once where its body can be.
    /// Dropping the answer, or the wait for it, ends the call.
    ///
    /// # Errors
    /// [`FlowError`]; only `SessionEnded` and `NotAuthenticated` mean that the session is over, and then nothing went out since.
    pub async fn forward(
        &self,
        session: &Session,
        upstream: &Arc<Upstream>,
        call: Call,
        request: &RequestId,
    ) -> Result<Forwarded, FlowError> {
        let passage = Passage {
            flows: self.clone(),
            session: session.clone(),
            _place: upstream.enter(session)?,
            upstream: Arc::clone(upstream),
            request: request.clone(),
        };
        let (begun, beginning) = oneshot::channel();
        self.parts.tasks.spawn(passage.run(call, begun));
        beginning.await.map_err(|_| FlowError::Internal)?
    }
}

/// One call under way.
struct Passage {
    flows: Flows,
    session: Session,
    upstream: Arc<Upstream>,
    request: RequestId,
    _place: Place,
}

impl Passage {
    async fn run(self, call: Call, mut begun: oneshot::Sender<Result<Forwarded, FlowError>>) {
        let answer = tokio::select! {
            answer = Box::pin(self.ask(call)) => answer,
            halt = self.watch() => Err(halt),
            // Nobody waits any more, and what is under way ends with this future.
            () = begun.closed() => return,
        };
        let (pieces, body) = mpsc::channel(1);
        let (forwarded, answer) = match answer {
            Ok(answer) => {
                let forwarded = Forwarded {
                    status: answer.status(),
                    headers: answer.headers().clone(),
                    body,
                };
                (Ok(forwarded), Some(answer))
            }
            Err(error) => (Err(error), None),
        };
        if begun.send(forwarded).is_ok()
            && let Some(answer) = answer
        {
            self.stream(answer, pieces).await;
        }
    }

    /// The answer to the call, asked with a token that should do.
    async fn ask(&self, mut call: Call) -> Result<Answer, FlowError> {
        // The session was looked up before the request's body came.
        let session = self.flows.read_session(&self.session.key).await?;
        let session = self
            .flows
            .with_usable_token(&session, &self.request)
            .await?;
        let answer = self.send(&mut call, &session).await?;
        if answer.status() != StatusCode::UNAUTHORIZED {
            return Ok(answer);
        }
        drop(answer);
        let refused = (session.key, self.upstream.settings.name.clone());
        let is_known = self.flows.refused.contains_key(&refused);
        // An upstream ends no session, and one that refuses every token spends no more of them.
        if is_known || session.tokens.refresh_token.is_none() {
            return Err(UpstreamError::TokenRefused.into());
        }
        let renewed = self.flows.with_newer_token(&session, &self.request).await?;
        if matches!(call.content, Content::Spent) {
            return Err(UpstreamError::Spent.into());
        }
        let answer = self.send(&mut call, &renewed).await?;
        if answer.status() == StatusCode::UNAUTHORIZED {
            self.flows.refused.insert(refused, ());
            return Err(UpstreamError::TokenRefused.into());
        }
        Ok(answer)
    }

    async fn send(&self, call: &mut Call, session: &Session) -> Result<Answer, UpstreamError> {
        let upstreams = &self.flows.parts.upstreams;
        let token = &session.tokens.access_token;
        upstreams
            .send(&self.upstream, call, token, &self.request)
            .await
    }

    /// Hands the answer on as fast as the browser takes it. Whatever ends it early cuts it, so that the browser knows that it is not whole.
    async fn stream(&self, answer: Answer, pieces: mpsc::Sender<Piece>) {
        let cut = tokio::select! {
            end = self.pump(answer, &pieces) => match end {
                Ok(()) => return,
                Err(error) => error.into(),
            },
            halt = self.watch() => halt,
            // The browser went away.
            () = pieces.closed() => return,
        };
        let upstream = &self.upstream.settings.name;
        tracing::warn!(event = "stream_cut", upstream, cause = %cut, "an upstream's answer was cut off");
    }

    async fn pump(
        &self,
        mut answer: Answer,
        pieces: &mpsc::Sender<Piece>,
    ) -> Result<(), UpstreamError> {
        let idle = self.upstream.settings.idle_timeout;
        let mut pace = Pace::new(TIME_TO_READ, TIME_TO_READ, READ_RATE);
        loop {
            let piece = answer.next(idle).await?;
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

    /// Resolves when the call must end, whatever comes of it: its session is over, or the program is about to be.
    async fn watch(&self) -> FlowError {
        loop {
            tokio::time::sleep(LOOK).await;
            let left = self.flows.parts.tasks.time_left();
            if left.is_some_and(|left| left <= self.flows.parts.last_call) {
                return UpstreamError::Stopping.into();
            }
            // A store that cannot be asked ends nothing.
            if let Err(end @ (FlowError::SessionEnded(_) | FlowError::NotAuthenticated)) =
                self.flows.read_session(&self.session.key).await
            {
                return end;
            }
        }
    }
}
