//! What goes out: where to, with which method, with which headers, and with whose credentials.

use super::Place;
use super::server::Seen;
use crate::support::*;

/// The access token of the session: the provider knows it, and no browser does.
fn bearer(seen: &Seen) -> &str {
    let credential = seen.header("authorization").expect("a credential");
    credential.strip_prefix("Bearer ").expect("a token")
}

#[tokio::test]
async fn a_call_goes_out_with_the_sessions_token_and_nothing_else_of_the_browser() {
    let place = Place::new().await;
    let session = place.browser.session();
    let request = fetch("GET", "/api/proxy/models/v1/models?limit=2")
        .header("Accept-Language", "en")
        .header("Authorization", "Basic eDp5")
        .header("Authorization", "Bearer mine")
        .header("Proxy-Authorization", "Basic eDp5")
        .header("Proxy-Connection", "keep-alive")
        .header("TE", "trailers")
        .header("Trailer", "X-Late")
        .header("Keep-Alive", "timeout=5")
        .header(
            "Connection",
            "authorization, x-secret, via, range, x-request-id",
        )
        .header("X-Secret", "1")
        .header("Range", "bytes=0-1")
        .header(
            "Origin",
            &place.browser.origin.origin().ascii_serialization(),
        )
        .header("Referer", "http://127.0.0.1/secret")
        .header("User-Agent", "Mozilla/5.0")
        .header("X-CSRF", "1")
        .header("X-Request-Id", "mine")
        .header("X-HTTP-Method-Override", "DELETE")
        .header("X-HTTP-Method", "DELETE")
        .header("X-Method-Override", "DELETE")
        .header("Idempotency-Key", "key-1");
    let answer = place.send(request).await;
    assert_eq!((answer.status, answer.text().as_str()), (200, "well"));
    let seen = place.upstream.take();
    assert_eq!(seen.line, "GET /base/v1/models?limit=2 HTTP/1.1");
    assert_eq!(
        seen.names(),
        [
            "accept",
            "accept-language",
            "authorization",
            "host",
            "idempotency-key",
            "user-agent",
            "via",
            "x-request-id"
        ]
    );
    assert_eq!(seen.header("host"), Some(place.upstream.authority()));
    assert_eq!(seen.header("x-request-id"), answer.header("x-request-id"));
    assert_eq!(seen.header("via"), Some("1.1 aihubmix-bff"));
    assert!(bearer(&seen).len() > 20 && bearer(&seen) != session);
    let all = format!("{seen:?}");
    for own in [
        session.as_str(),
        "mine",
        "eDp5",
        "secret",
        "Mozilla",
        "DELETE",
    ] {
        assert!(!all.contains(own), "{own}: {all}");
    }
    let sent_back = String::from_utf8(place.browser.seen()).expect("text");
    assert!(!sent_back.contains(bearer(&seen)));
}
