//! Which headers pass between a browser and an upstream: those on a list, in either direction, and no other.
//!
//! So no cookie, no credential of the browser, nothing that belongs to one connection (RFC 9110 §7.6.1), nothing that proxies say of each other goes to an
//! upstream; and no cookie, no policy, no challenge and no caching rule of an upstream reaches the browser.

use actix_web::HttpResponseBuilder;
use actix_web::http::header::{CONNECTION, HeaderMap};
use reqwest::header as out;

use crate::http::fields::items;

/// What an upstream is told. Several lines of one of these are a list.
const ASKED: [&str; 6] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "if-match",
    "if-none-match",
    "prefer",
];
/// What an upstream is told, and what is there once or not at all.
const ASKED_ONCE: [&str; 9] = [
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
/// What a browser is told. The length goes with the body.
const ANSWERED: [&str; 9] = [
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

/// The headers of a browser's request that go on; `None` when one of them is there twice that may not be.
pub fn to_upstream(headers: &HeaderMap) -> Option<out::HeaderMap> {
    let is_of_connection = |name: &str| {
        items(headers, CONNECTION).any(|item| item.eq_ignore_ascii_case(name.as_bytes()))
    };
    let mut passed = out::HeaderMap::new();
    for name in ASKED.iter().chain(&ASKED_ONCE) {
        if is_of_connection(name) {
            continue;
        }
        for value in headers.get_all(*name) {
            let value = out::HeaderValue::from_bytes(value.as_bytes()).ok()?;
            passed.append(*name, value);
        }
    }
    let is_repeated = |name: &&str| passed.get_all(*name).iter().nth(1).is_some();
    (!ASKED_ONCE.iter().any(is_repeated)).then_some(passed)
}

/// Puts the headers of an upstream's answer that go on into ours.
pub fn to_browser(headers: &out::HeaderMap, response: &mut HttpResponseBuilder) {
    for name in ANSWERED {
        // A second line of any of these is no header of an answer that can be used.
        if let Some(value) = headers.get(name) {
            response.insert_header((name, value.as_bytes()));
        }
    }
}
