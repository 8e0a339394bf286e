//! Answers the command `doctor`, which asks through the public origin what reaches the program. Every other client gets the 404 of an unknown path.
//!
//! An answer holds no value of a cookie and no header that the command did not send or a proxy did not write.

use std::convert::Infallible;
use std::time::Duration;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::web::{Data, Query};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use futures_util::stream;
use serde::Deserialize;

use super::api_error::ApiError;
use super::client::{Forwarded, is_trusted_proxy};
use super::cookies::RequestCookies;
use super::fields::{Field, items, one};
use super::state::AppState;
use crate::domain::ErrorCode;
use crate::flow::probe::{Arrived, PIECE, TOKEN};

/// Size of one line of the large head: 1,000 bytes. A limit on single lines, which proxies have too, must not be reached.
const LINE: usize = 1_000;
/// Number of lines of the large head. With the other headers it stays below the 16 KiB that docs/operations.md gives the proxy.
const LINES: usize = 14;

/// Number of pieces of the stream.
const PIECES: usize = 3;
/// Pause before each piece but the first.
const PAUSE: Duration = Duration::from_millis(500);

/// What the command asks for.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Part {
    /// What reached the program.
    Seen,
    /// A response with a head of 14 KB.
    Head,
    /// A body in three pieces with pauses.
    Stream,
    /// The same, with the header by which a response asks nginx not to buffer it.
    UnbufferedStream,
}

/// The query of the probe.
#[derive(Deserialize)]
pub struct Asked {
    part: Part,
}

/// Answers a genuine question.
///
/// # Errors
/// [`ErrorCode::NotFound`] when the token is missing, not fresh or sealed with other keys.
pub async fn probe(
    request: HttpRequest,
    state: Data<AppState>,
    cookies: RequestCookies,
    asked: Option<Query<Asked>>,
) -> Result<HttpResponse, ApiError> {
    let is_genuine = matches!(one(request.headers(), TOKEN), Field::Is(token) if state.flows.probe.accepts(token));
    let Some(asked) = asked.filter(|_| is_genuine) else {
        return Err(ErrorCode::NotFound.into());
    };
    Ok(match asked.part {
        Part::Seen => HttpResponse::Ok().json(arrived(&request, &state, &cookies)),
        Part::Head => with_large_head(),
        Part::Stream => HttpResponse::Ok().streaming(pieces()),
        Part::UnbufferedStream => HttpResponse::Ok()
            .insert_header(("x-accel-buffering", "no"))
            .streaming(pieces()),
    })
}

fn arrived(request: &HttpRequest, state: &AppState, cookies: &RequestCookies) -> Arrived {
    let headers = request.headers();
    let peer = request.peer_addr().map(|peer| peer.ip().to_canonical());
    Arrived {
        replica: state.flows.replicas.id().to_owned(),
        peer,
        is_peer_trusted: peer.is_some_and(|peer| is_trusted_proxy(peer, &state.trusted_proxies)),
        client: Forwarded::from_http(request).client,
        forwarded_for: items(headers, "x-forwarded-for").count(),
        forwarded_proto: items(headers, "x-forwarded-proto").map(text).collect(),
        via: items(headers, "via").count(),
        host: value(headers, "host"),
        origin: value(headers, "origin"),
        sec_fetch_site: value(headers, "sec-fetch-site"),
        sec_fetch_mode: value(headers, "sec-fetch-mode"),
        sec_fetch_dest: value(headers, "sec-fetch-dest"),
        cookie_bytes: cookies.bytes(),
    }
}

fn value(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).map(|value| text(value.as_bytes()))
}

fn text(value: &[u8]) -> String {
    String::from_utf8_lossy(value).into_owned()
}

fn with_large_head() -> HttpResponse {
    let mut response = HttpResponse::Ok();
    for number in 0..LINES {
        let name = HeaderName::try_from(format!("{TOKEN}-{number}"));
        let value = HeaderValue::try_from("x".repeat(LINE));
        if let (Ok(name), Ok(value)) = (name, value) {
            response.insert_header((name, value));
        }
    }
    response.finish()
}

/// Returns a body in pieces with pauses. Each piece is a line.
fn pieces() -> impl futures_util::Stream<Item = Result<Bytes, Infallible>> {
    stream::unfold(0, |sent| async move {
        if sent == PIECES {
            return None;
        }
        if sent > 0 {
            tokio::time::sleep(PAUSE).await;
        }
        Some((Ok(Bytes::from_static(PIECE.as_bytes())), sent + 1))
    })
}
