//! Selects the headers that pass between a browser and an upstream. Each direction has an allowlist.
//!
//! So an upstream never gets cookies, credentials of the browser, headers of one connection (RFC 9110 §7.6.1), or headers by which proxies describe
//! each other. The browser never gets cookies, policies, challenges or caching rules of an upstream.

use actix_web::HttpResponseBuilder;
use actix_web::http::header::{CONNECTION, HeaderMap};
use hyper::header as out;

use crate::http::fields::items;

/// Request headers that are forwarded to an upstream and may have several lines, which form a list.
const REQUEST_HEADERS: [&str; 6] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "if-match",
    "if-none-match",
    "prefer",
];
/// Request headers that are forwarded to an upstream and must not have more than one line.
const SINGLE_REQUEST_HEADERS: [&str; 9] = [
    "content-encoding",
    "content-language",
    "content-type",
    "idempotency-key",
    "if-modified-since",
    "if-range",
    "if-unmodified-since",
    "last-event-id",
    "range",
];
/// Response headers that are forwarded to the browser. `Content-Length` is set together with the body.
const RESPONSE_HEADERS: [&str; 9] = [
    "accept-ranges",
    "content-encoding",
    "content-language",
    "content-range",
    "content-type",
    "etag",
    "last-modified",
    "preference-applied",
    "retry-after",
];

/// Returns the headers of a browser's request that are forwarded, or `None` when one of `SINGLE_REQUEST_HEADERS` has several lines.
pub fn to_upstream(headers: &HeaderMap) -> Option<out::HeaderMap> {
    let is_of_connection = |name: &str| {
        items(headers, CONNECTION).any(|item| item.eq_ignore_ascii_case(name.as_bytes()))
    };
    let mut passed = out::HeaderMap::new();
    for name in REQUEST_HEADERS.iter().chain(&SINGLE_REQUEST_HEADERS) {
        if is_of_connection(name) {
            continue;
        }
        for value in headers.get_all(*name) {
            let value = out::HeaderValue::from_bytes(value.as_bytes()).ok()?;
            passed.append(*name, value);
        }
    }
    let is_repeated = |name: &&str| passed.get_all(*name).iter().nth(1).is_some();
    (!SINGLE_REQUEST_HEADERS.iter().any(is_repeated)).then_some(passed)
}

/// Copies the headers of an upstream's response that are forwarded into ours.
pub fn to_browser(headers: &out::HeaderMap, response: &mut HttpResponseBuilder) {
    for name in RESPONSE_HEADERS {
        // Only the first line is copied, because a usable response has no second line of any of these.
        if let Some(value) = headers.get(name) {
            response.insert_header((name, value.as_bytes()));
        }
    }
}
