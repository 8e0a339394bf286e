//! Content codings (RFC 9110 §8.4). The program asks the provider for none and reads gzip all the same; it passes an upstream's coding on to the
//! browser.

use std::io::Write as _;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::header::ACCEPT_ENCODING;
use serde_json::{Value, json};

use super::Place;
use crate::support::provider::browser;
use crate::support::*;

type Code = fn(&[u8]) -> Vec<u8>;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut coder = GzEncoder::new(Vec::new(), Compression::default());
    coder.write_all(bytes).expect("memory takes it");
    coder.finish().expect("memory takes it")
}

#[tokio::test]
async fn the_provider_is_asked_for_no_coding_and_its_gzip_is_read_all_the_same() {
    every_coding_is_read("/api/user/info", "userinfo", json!({})).await;
}

/// Fails unless this route of the app reads every coding of the provider's answer, and asks this endpoint for none. `settings` are those of the
/// sandbox.
pub async fn every_coding_is_read(route: &str, endpoint: &str, settings: Value) {
    let place = Place::new().await;
    place.program.set(settings).await;
    let codings: [(&str, Code); 6] = [
        ("gzip", gzip),
        ("x-gzip", gzip),
        ("GZip", gzip),
        ("identity", <[u8]>::to_vec),
        ("gzip, identity", gzip),
        (" gzip ,, gzip", |bytes| gzip(&gzip(bytes))),
    ];
    for (names, code) in codings {
        place
            .front
            .codes(Arc::new(move |bytes| (names, code(bytes))));
        let other = browser(&place.program);
        other.sign_in().await;
        let answer = other.fetch("GET", route).await;
        assert_eq!(answer.status, 200, "{names}: {}", answer.text());
        assert!(answer.json().is_object(), "{names}");
        place.program.expire_tokens("demo").await;
        assert_eq!(other.fetch("GET", "/api/user/info").await.status, 200);
        assert_eq!(other.fetch("POST", "/auth/logout").await.status, 204);
    }
    let seen = place.front.seen();
    for path in ["token", endpoint, "revoke"].map(|name| format!("/api/oauth2/{name}")) {
        assert!(seen.iter().any(|one| one.path == path), "{path}");
    }
    for one in seen {
        let asked: Vec<_> = one.headers.get_all(ACCEPT_ENCODING).iter().collect();
        assert_eq!(asked, ["identity"], "{} {}", one.method, one.path);
    }
}

/// What the provider says about a grant counts in gzip as it does without: the session ends.
#[tokio::test]
async fn a_refusal_in_gzip_is_a_refusal() {
    let place = Place::new().await;
    place.front.codes(Arc::new(|bytes| ("gzip", gzip(bytes))));
    place
        .program
        .sandbox
        .ask(reqwest::Method::POST, "users/demo/revoke", json!({}))
        .await;
    let answer = place.browser.fetch("GET", "/api/user/info").await;
    answer.is_problem(401, "session_expired");
}

#[tokio::test]
async fn an_answer_that_cannot_be_decoded_is_an_error_of_the_provider_and_ends_nothing() {
    let place = Place::new().await;
    let codings: [(&str, Code); 8] = [
        // Cut off: in the middle, within its checksum, and before anything.
        ("gzip", |bytes| gzip(bytes)[..20].to_vec()),
        ("gzip", |bytes| {
            let whole = gzip(bytes);
            whole[..whole.len() - 1].to_vec()
        }),
        // Changed on the way: its checksum is not that of its content.
        ("gzip", |bytes| {
            let mut whole = gzip(bytes);
            let at = whole.len() - 8;
            whole[at] ^= 1;
            whole
        }),
        // No gzip at all.
        ("gzip", <[u8]>::to_vec),
        ("br", <[u8]>::to_vec),
        ("deflate", <[u8]>::to_vec),
        ("gzip, br", gzip),
        // Ten megabytes in ten kilobytes.
        ("gzip", |_| gzip(&vec![b' '; 10_000_000])),
    ];
    for (names, code) in codings {
        place
            .front
            .codes(Arc::new(move |bytes| (names, code(bytes))));
        let answer = place.browser.fetch("GET", "/api/user/info").await;
        answer.is_problem(502, "provider_error");
    }
    place
        .front
        .codes(Arc::new(|bytes| ("identity", bytes.to_vec())));
    assert_eq!(place.account().await, 200);
}

/// What the browser and the upstream agree on passes as it is.
#[tokio::test]
async fn an_upstreams_coding_reaches_the_browser_that_asked_for_it() {
    let place = Place::new().await;
    place.front.codes(Arc::new(|bytes| ("gzip", gzip(bytes))));
    let request = fetch("GET", "/api/proxy/models/v1/x").header("Accept-Encoding", "gzip, br");
    let answer = place.browser.send(request, Initiator::SameOrigin).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-encoding"), Some("gzip"));
    assert_eq!(answer.body, gzip(b"0 bytes"));
    let seen = place.front.seen();
    let asked = seen
        .iter()
        .find(|one| one.path == "/v1/x")
        .expect("it was asked");
    assert_eq!(asked.headers[ACCEPT_ENCODING], "gzip, br");
}
