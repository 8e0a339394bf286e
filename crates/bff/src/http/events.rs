//! `GET /api/session/events`: tells a page at once what happens to its session, as Server-Sent Events (HTML Standard §9.2).
//!
//! The connection asks for the next event only when it can send it, so that a client that reads slowly takes no memory. The stream ends with the
//! session and when a graceful shutdown begins.

use std::convert::Infallible;
use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_ENCODING, HeaderName};
use actix_web::web::{Bytes, Data};
use futures_util::stream::{self, Stream};
use serde_json::{Value, json};

use super::api::session_json;
use super::api_error::ApiError;
use super::session::{Current, CurrentSession};
use super::state::AppState;
use crate::domain::{Entropy as _, ErrorCode, ThreadEntropy};
use crate::flow::{News, Watch};

/// Interval of comment lines: 20 seconds. It is below the 25 seconds that clients are promised, and below the usual time limits of proxies (60 s).
const HEARTBEAT: Duration = Duration::from_secs(20);
/// Wait of a browser before it connects again, in milliseconds. It is spread at random, so that browsers do not come back together.
const RETRY: std::ops::Range<u16> = 2_000..6_000;
/// The same after a graceful shutdown, when the streams of a whole process end together.
const RETRY_ELSEWHERE: std::ops::Range<u16> = 500..5_000;
/// Seconds after which a client over the limit on streams may try again.
const CROWDED: u32 = 60;

const X_ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");

/// Answers 204 to a browser that is not signed in, so that it does not connect again.
pub async fn events(
    state: Data<AppState>,
    session: CurrentSession,
) -> Result<HttpResponse, ApiError> {
    let live = match session.current() {
        Current::Live(live) => live,
        Current::Anonymous | Current::Ended(_) => return Ok(HttpResponse::NoContent().finish()),
        Current::Unavailable => return Err(ErrorCode::StoreUnavailable.into()),
    };
    let watch = state.flows.watchers.watch(live);
    let watch = watch.ok_or_else(|| ApiError::rate_limited(CROWDED))?;
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream")
        // A compressed stream would arrive late, in blocks.
        .insert_header((CONTENT_ENCODING, "identity"))
        .insert_header((X_ACCEL_BUFFERING, "no"))
        // The connection is not used again, so that a graceful shutdown does not wait for it.
        .force_close()
        .streaming(body(state, watch)))
}

/// The body of the response, piece by piece.
fn body(state: Data<AppState>, watch: Watch) -> impl Stream<Item = Result<Bytes, Infallible>> {
    let events = Events {
        state,
        watch,
        has_begun: false,
    };
    stream::unfold(Some(events), async |events| {
        let mut events = events?;
        let (piece, is_last) = events.next().await;
        let rest = (!is_last).then_some(events);
        Some((Ok(Bytes::from(piece)), rest))
    })
}

struct Events {
    state: Data<AppState>,
    watch: Watch,
    has_begun: bool,
}

impl Events {
    /// Waits for the next piece. Returns it, and whether it is the last.
    async fn next(&mut self) -> (String, bool) {
        if !std::mem::replace(&mut self.has_begun, true) {
            let first = event("session", &session_json(&self.state, self.watch.session()));
            return (format!("{}{first}", retry(RETRY)), false);
        }
        tokio::select! {
            biased;
            () = self.state.draining.begun() => (retry(RETRY_ELSEWHERE), true),
            news = self.watch.next() => match news {
                News::Session(session) => (event("session", &session_json(&self.state, &session)), false),
                News::Account => (event("account", &json!({})), false),
                News::Ended(cause) => {
                    let ended = json!({ "authenticated": false, "cause": cause.code() });
                    (event("session", &ended), true)
                }
            },
            () = tokio::time::sleep(HEARTBEAT) => (":\n\n".to_owned(), false),
        }
    }
}

fn event(name: &str, data: &Value) -> String {
    format!("event: {name}\ndata: {data}\n\n")
}

fn retry(range: std::ops::Range<u16>) -> String {
    let mut bytes = [0; 2];
    ThreadEntropy.fill(&mut bytes);
    let millis = range.start + u16::from_ne_bytes(bytes) % (range.end - range.start);
    format!("retry: {millis}\n\n")
}
