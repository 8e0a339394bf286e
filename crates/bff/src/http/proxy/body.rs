//! Reads the body of a browser's request for an upstream, within limits of size and rate.
//!
//! A small body is read completely, so that it can be sent again after a token refresh. If it is incomplete, nothing is sent to the upstream. A
//! larger body is streamed as fast as the upstream takes it.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout};

use crate::config::Proxy;
use crate::http::body::BODY_LIMIT;
use crate::http::fields::mention;
use crate::upstream::{BodyFault, Content, Pace, Piece};

/// Time budget that a browser has at first for sending its body. 10 s allow for a few retransmissions on a poor line.
const FIRST_WAIT: Duration = Duration::from_secs(10);
/// Largest time budget that a browser can gain by sending fast. 20 s allow for a short loss of the connection, such as a phone in a tunnel.
const LONGEST_WAIT: Duration = Duration::from_secs(20);
/// Smallest rate of a body, in bytes a second. It is the rate of the slowest line that can still show a page.
const BYTES_A_SECOND: u32 = 8 * 1024;

/// Reads the whole body, or its beginning if it is so large that it is streamed.
///
/// # Errors
/// Returns a [`BodyFault`]. Nothing must be sent to the upstream then.
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
    // A form may contain a token (RFC 6750 §2.2), so a form is read completely or refused.
    if is_form(headers) {
        return Err(BodyFault::TooLarge);
    }
    let length = headers
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse().ok());
    Ok(stream(first.freeze(), body, length, settings.idle_timeout))
}

/// Returns whether any server could read the content type as that of a form. The test is loose, because servers differ in what they trim around the
/// type.
pub fn is_form(headers: &HeaderMap) -> bool {
    mention(headers, CONTENT_TYPE, "x-www-form-urlencoded")
}

/// Streams the rest of a body in pieces.
fn stream(first: Bytes, mut body: Incoming, length: Option<u64>, idle: Duration) -> Content {
    let (to_upstream, pieces) = mpsc::channel(1);
    let (not_ended, ended) = oneshot::channel::<()>();
    let fault = Arc::new(OnceLock::new());
    let noted = Arc::clone(&fault);
    // Runs on this worker, because the payload is not `Send`. The task ends with the payload, or when the receiver is dropped.
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

/// A body while it is received. It enforces the limits of size and rate.
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

    /// Returns the next piece, or `None` at the end.
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
