//! Answers to what is no request: there is nothing to look at, so there is one answer for each reason. It carries what every answer carries.

use std::fmt::Write as _;
use std::time::{Duration, UNIX_EPOCH};

use actix_web::http::StatusCode;
use actix_web::http::header::HttpDate;

use super::context::RequestContext;
use super::policy::{NOT_OF_A_PAGE, of_every_answer};
use crate::domain::{Clock as _, SystemClock};

/// Every byte of an answer with this status and no body, after which the connection is closed.
#[must_use]
pub fn bare_answer(status: StatusCode, is_https: bool) -> Vec<u8> {
    let now = u64::try_from(SystemClock.now().as_millis()).unwrap_or_default();
    let date = HttpDate::from(UNIX_EPOCH + Duration::from_millis(now));
    let mut head = format!(
        "HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\ndate: {date}\r\ncache-control: no-store\r\nreferrer-policy: no-referrer\r\n"
    );
    let context = RequestContext::new();
    for (name, value) in of_every_answer(&context, is_https) {
        // A text takes everything.
        let _: std::fmt::Result = write!(head, "{name}: {value}\r\n");
    }
    head += &format!("content-security-policy: {NOT_OF_A_PAGE}\r\n\r\n");
    head.into_bytes()
}
