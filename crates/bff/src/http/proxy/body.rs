//! The body of a browser's request on its way to an upstream, within its limits.
//!
//! A small one is taken whole, so that it can be sent again after a refresh, and nothing goes out when it is not whole. A larger one goes on piece by piece,
//! as fast as the upstream takes it.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout};

use crate::config::Proxy;
use crate::http::BODY_LIMIT;
use crate::http::fields::mention;
use crate::upstream::{BodyFault, Content, Pace, Piece};

/// How long a browser may keep the program waiting for its body at first: a few retransmissions on a poor line.
const FIRST_WAIT: Duration = Duration::from_secs(10);
/// How much of that time a browser can save up by sending fast: a phone in a tunnel.
const LONGEST_WAIT: Duration = Duration::from_secs(20);
/// The smallest rate of a body, in bytes a second: that of the slowest line that can still show a page.
const BYTES_A_SECOND: u32 = 8 * 1024;

/// Reads the body, or as much of it as is needed to know that it is to be streamed.
///
/// # Errors
/// [`BodyFault`], and nothing is to go out.
pub async fn read(
    headers: &HeaderMap,
    payload: Payload,
    settings: &Proxy,
) -> Result<Content, BodyFault> {
    let mut body = Incoming::new(payload, settings.max_body);
    let mut first = BytesMut::new();
    while first.len() < BODY_LIMIT {
        let Some(bytes) = body.next().await? else {
            return Ok(Content::Whole(first.freeze()));
        };
        first.extend_from_slice(&bytes);
    }
    // A form may hide a token (RFC 6750 §2.2), so a form is read whole or not at all.
    if is_form(headers) {
        return Err(BodyFault::TooLarge);
    }
    let length = headers
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse().ok());
    Ok(stream(first.freeze(), body, length, settings.idle_timeout))
}

/// Whether anything that reads the content type could take this for a form: servers differ in what they cut off around the type.
pub fn is_form(headers: &HeaderMap) -> bool {
    mention(headers, CONTENT_TYPE, "x-www-form-urlencoded")
}

/// The rest of a body goes on piece by piece.
fn stream(first: Bytes, mut body: Incoming, length: Option<u64>, idle: Duration) -> Content {
    let (to_upstream, pieces) = mpsc::channel(1);
    let (not_ended, ended) = oneshot::channel::<()>();
    let fault = Arc::new(OnceLock::new());
    let noted = Arc::clone(&fault);
    // On this worker, because the payload cannot leave it; it ends with the payload, or when nobody takes the pieces.
    actix_web::rt::spawn(async move {
        let mut piece = Piece::Data(first);
        loop {
            let is_last = matches!(piece, Piece::End);
            let sent = timeout(idle, to_upstream.send(piece)).await;
            if is_last || !matches!(sent, Ok(Ok(()))) {
                break;
            }
            let next = tokio::select! {
                next = body.next() => next,
                () = to_upstream.closed() => break,
            };
            piece = match next {
                Ok(Some(bytes)) => Piece::Data(bytes),
                Ok(None) => Piece::End,
                Err(why) => {
                    noted.get_or_init(|| why);
                    break;
                }
            };
        }
        drop(not_ended);
    });
    Content::Stream {
        length,
        pieces,
        fault,
        ended,
    }
}

/// A body as it comes in, held to its size and its pace.
struct Incoming {
    payload: Payload,
    most: u64,
    come: u64,
    pace: Pace,
}

impl Incoming {
    fn new(payload: Payload, most: u64) -> Self {
        Self {
            payload,
            most,
            come: 0,
            pace: Pace::new(FIRST_WAIT, LONGEST_WAIT, BYTES_A_SECOND),
        }
    }

    /// The next piece; `None` at the end.
    async fn next(&mut self) -> Result<Option<Bytes>, BodyFault> {
        let begun = Instant::now();
        let next = timeout(self.pace.left(), self.payload.next());
        let next = next.await.map_err(|_| BodyFault::TooSlow)?;
        let Some(bytes) = next.transpose().map_err(|_| BodyFault::Broken)? else {
            return Ok(None);
        };
        self.pace.count(begun.elapsed(), bytes.len());
        self.come += bytes.len() as u64;
        if self.come > self.most {
            return Err(BodyFault::TooLarge);
        }
        Ok(Some(bytes))
    }
}
