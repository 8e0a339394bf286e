//! Requests to an upstream: URL, method, headers, credentials.

use super::Place;
use super::server::{Seen, Upstream};
use crate::support::*;

/// The access token of the session: the provider knows it, and no browser does.
fn bearer(seen: &Seen) -> &str {
    let credential = seen.header("authorization").expect("a credential");
    credential.strip_prefix("Bearer ").expect("a token")
}

/// Covers: BFF-6.1.3.6-2, RFC6750-2-1, RFC9110-7.6.1-1, RFC9110-7.6.3-1
#[tokio::test]
async fn a_call_goes_out_with_the_sessions_token_and_nothing_else_of_the_browser() {
    let place = Place::new().await;
    let session = place.browser.session();
    let request = fetch("GET", "/api/proxy/models/v1/models?limit=2")
        .header_of_bytes("Connection", b"\xff, prefer")
        .header("Prefer", "secret")
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
            "traceparent",
            "user-agent",
            "via",
            "x-request-id"
        ]
    );
    assert_eq!(seen.header("host"), Some(place.upstream.authority()));
    assert_eq!(seen.header("x-request-id"), answer.header("x-request-id"));
    assert_eq!(
        seen.header("via"),
        Some(concat!("1.1 ", env!("CARGO_PKG_NAME")))
    );
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

/// Covers: BFF-6.1.3.6-1
#[tokio::test]
async fn no_path_is_twisted_to_lead_anywhere_else() {
    let place = Place::new().await;
    let evil = Upstream::start().await;
    let elsewhere = evil.authority();
    for target in [
        "/api/proxy/models/../../session".to_owned(),
        "/api/proxy/models/v1/chat/../models".to_owned(),
        "/api/proxy/models/v1/chat/%2e%2e/admin".to_owned(),
        "/api/proxy/models/v1/chat/..%2fadmin".to_owned(),
        "/api/proxy/models/v1/chat/%2e%2e%2fadmin".to_owned(),
        "/api/proxy/models/v1/chat/%252e%252e/admin".to_owned(),
        "/api/proxy/models/v1/chat/..;/admin".to_owned(),
        "/api/proxy/models/v1/chat/;/../admin".to_owned(),
        "/api/proxy/models/v1/chat/..\\admin".to_owned(),
        "/api/proxy/models/v1/chat/..%5cadmin".to_owned(),
        "/api/proxy/models/v1/chat/%c0%ae%c0%ae/admin".to_owned(),
        "/api/proxy/models/v1/chat/%00".to_owned(),
        "/api/proxy/models/v1/chat/%0d%0aX-Evil:1".to_owned(),
        "/api/proxy/models/v1/chat/%23/../admin".to_owned(),
        "/api/proxy/models/v1/chat/%3f/../admin".to_owned(),
        "/api/proxy/models/v1/chat//admin".to_owned(),
        "/api/proxy/models//v1/chat/x".to_owned(),
        format!("/api/proxy/models//{elsewhere}/v1/models"),
        format!("/api/proxy/models/\\{elsewhere}/v1/models"),
        format!("/api/proxy/models/@{elsewhere}/v1/models"),
        format!("/api/proxy/models@{elsewhere}/v1/models"),
        format!("/api/proxy/models:80@{elsewhere}/v1/models"),
        format!("/api/proxy/{elsewhere}/v1/models"),
        format!("/api/proxy/http://{elsewhere}/v1/models"),
        "/api/proxy/models".to_owned(),
        "/api/proxy/models/".to_owned(),
        "/api/proxy/models/v1".to_owned(),
        "/api/proxy/models/v1/models/".to_owned(),
        "/api/proxy/models/v1/models;x=1".to_owned(),
        "/api/proxy/models/V1/models".to_owned(),
        "/api/proxy/models/v1/modelsX".to_owned(),
        "/api/proxy/models/v1/chat".to_owned(),
        "/api/proxy/models/v1/admin".to_owned(),
        "/api/proxy/models/v1/%6dodels".to_owned(),
        "/api/proxy/%6dodels/v1/models".to_owned(),
        "/api/proxy/Models/v1/models".to_owned(),
        "/api/Proxy/models/v1/models".to_owned(),
        "/api/proxy//models/v1/models".to_owned(),
        "/api/proxy/../proxy/models/v1/models".to_owned(),
        "/api/proxy/other/v1/models".to_owned(),
    ] {
        let answer = place.send(fetch("GET", &target)).await;
        assert!(
            matches!(answer.status, 400 | 404),
            "{target}: {}",
            answer.status
        );
        place.is_empty(&target);
    }
    // What is clear goes where it says, on the upstream's own authority, whatever the request calls the host.
    for (target, asked) in [
        ("/api/proxy/models/v1/chat/", "/base/v1/chat/"),
        (
            "/api/proxy/models/v1/chat/a%20b/@x:1;v=2?q=/../%2e&u=http://evil.test",
            "/base/v1/chat/a%20b/@x:1;v=2?q=/../%2e&u=http://evil.test",
        ),
        ("/api/proxy/models/v1/models?", "/base/v1/models?"),
    ] {
        for host in ["evil.test", elsewhere] {
            let request = fetch("GET", target).header("Host", host);
            assert_eq!(place.send(request).await.status, 200, "{target}");
            let seen = place.upstream.take();
            assert_eq!(seen.line, format!("GET {asked} HTTP/1.1"));
            assert_eq!(seen.header("host"), Some(place.upstream.authority()));
        }
    }
    let absolute = format!("http://{elsewhere}/api/proxy/models/v1/models");
    assert_eq!(place.send(fetch("GET", &absolute)).await.status, 200);
    assert_eq!(place.upstream.take().line, "GET /base/v1/models HTTP/1.1");
    assert!(evil.seen().is_empty());
}

/// Covers: BFF-6.1.3.6-2
#[tokio::test]
async fn only_the_upstreams_own_methods_are_there() {
    let place = Place::new().await;
    for method in ["PUT", "PATCH", "OPTIONS", "TRACE", "CONNECT", "FOO", "get"] {
        let answer = place.ask(method, "/v1/models").await;
        answer.is_problem(405, "method_not_allowed");
        assert_eq!(answer.header("allow"), Some("GET, HEAD, POST, DELETE"));
        place.is_empty(method);
    }
    for method in ["GET", "POST", "DELETE"] {
        assert_eq!(place.ask(method, "/v1/models").await.status, 200);
        let line = format!("{method} /base/v1/models HTTP/1.1");
        assert_eq!(place.upstream.take().line, line);
    }
}

/// Covers: RFC6750-2-1
#[tokio::test]
async fn a_token_that_the_browser_brings_goes_nowhere() {
    let place = Place::new().await;
    let form = "application/x-www-form-urlencoded";
    for (path, kind, body) in [
        ("/v1/models?access_token=x", "application/json", ""),
        ("/v1/models?a=b&%61ccess_token=x", "application/json", ""),
        ("/v1/models", form, "a=b&access_token=x"),
        ("/v1/models", form, "Access%5fToken=x"),
        (
            "/v1/models",
            "Application/X-WWW-Form-Urlencoded; charset=utf-8",
            "access_token=x",
        ),
    ] {
        let request = fetch("POST", &format!("/api/proxy/models{path}"))
            .header("Content-Type", kind)
            .body(body);
        place.send(request).await.is_problem(400, "bad_request");
        place.is_empty(path);
    }
    // A form to any server that reads the type, although not all of the line is text, or the line is a list.
    for kind in [
        &b"application/x-www-form-urlencoded; x=\xe9"[..],
        b"\xa0application/x-www-form-urlencoded",
        b"application/x-www-form-urlencoded\xff",
        b"text/plain, application/x-www-form-urlencoded",
        b"application/x-www-form-urlencoded,text/plain",
    ] {
        let request = fetch("POST", "/api/proxy/models/v1/models")
            .header_of_bytes("Content-Type", kind)
            .body("a=b&access_token=x");
        place.send(request).await.is_problem(400, "bad_request");
        place.is_empty(&String::from_utf8_lossy(kind));
    }
    let twice = fetch("POST", "/api/proxy/models/v1/models")
        .header("Connection", "content-type")
        .header("Content-Type", "text/plain")
        .header("Content-Type", form)
        .body("access_token=x");
    place.send(twice).await.is_problem(400, "bad_request");
    place.is_empty("two types");
    let request = fetch("POST", "/api/proxy/models/v1/models?token_type=x")
        .header("Content-Type", form)
        .body("a=b&c=access_token");
    assert_eq!(place.send(request).await.status, 200);
    let seen = place.upstream.take();
    assert_eq!(seen.body, b"a=b&c=access_token");
    assert_eq!(seen.header("content-type"), Some(form));
}

/// Covers: ASVS-4.1.3
#[tokio::test]
async fn an_upstream_gets_no_forwarded_header() {
    for trusted in ["", "127.0.0.1"] {
        let place = Place::with("", &[("BFF_SERVER__TRUSTED_PROXIES", trusted)]).await;
        let mut request = fetch("GET", "/api/proxy/models/v1/models");
        for name in [
            "X-Forwarded-For",
            "x-forwarded-for",
            "X-FORWARDED-HOST",
            "X-Forwarded-Proto",
            "X-Forwarded-User",
            "X_Forwarded_User",
            "X-Forwarded-Uri",
            "X-Forwarded-Prefix",
            "Forwarded",
            "X-Real-IP",
            "X_Real_IP",
            "X-User-Id",
            "X-Client-IP",
            "True-Client-IP",
            "CF-Connecting-IP",
            "X-Original-URL",
            "X-Rewrite-URL",
            "X-Authenticated-User",
            "Remote-User",
            "Client-Cert",
        ] {
            request = request.header(name, "198.51.100.7");
        }
        assert_eq!(place.send(request).await.status, 200);
        let seen = place.upstream.take();
        assert_eq!(
            seen.names(),
            [
                "accept",
                "authorization",
                "host",
                "traceparent",
                "user-agent",
                "via",
                "x-request-id"
            ]
        );
        assert!(!format!("{seen:?}").contains("198.51.100.7"));
    }
}

/// Covers: RFC9110-7.6.1-1
#[tokio::test]
async fn what_belongs_to_the_message_goes_on_and_only_once() {
    let place = Place::new().await;
    let passed = [
        ("Accept-Encoding", "gzip"),
        ("Content-Encoding", "gzip"),
        ("Content-Language", "en"),
        ("Content-Type", "application/json"),
        ("Idempotency-Key", "k"),
        ("If-Match", "\"a\""),
        ("If-Modified-Since", "Thu, 01 Jan 2026 00:00:00 GMT"),
        ("If-None-Match", "\"b\""),
        ("If-Range", "\"c\""),
        ("If-Unmodified-Since", "Thu, 01 Jan 2026 00:00:00 GMT"),
        ("Last-Event-ID", "7"),
        ("Prefer", "wait=1"),
        ("Range", "bytes=0-9"),
    ];
    let mut request = fetch("POST", "/api/proxy/models/v1/models").body("{}");
    for (name, value) in passed {
        request = request.header(name, value);
    }
    assert_eq!(place.send(request).await.status, 200);
    let seen = place.upstream.take();
    for (name, value) in passed {
        assert_eq!(
            seen.header(&name.to_ascii_lowercase()),
            Some(value),
            "{name}"
        );
    }
    assert_eq!(seen.header("content-length"), Some("2"));
    for name in [
        "Content-Type",
        "Range",
        "Idempotency-Key",
        "If-Range",
        "Content-Encoding",
    ] {
        let request = fetch("POST", "/api/proxy/models/v1/models")
            .header(name, "a")
            .header(name, "b")
            .body("{}");
        place.send(request).await.is_problem(400, "bad_request");
        place.is_empty(name);
    }
}

/// Covers: RFC9110-7.6.3-1
#[tokio::test]
async fn a_call_that_comes_round_again_is_not_passed_on() {
    let config = "[[proxy]]\nname = 'loop'\nupstream = 'http://{public}'\nmethods = ['GET']\npaths = ['/*']\n";
    let program = BINARY.start_over(config, &[]).await;
    program.sign_in_as("demo").await;
    let browser = program.browser();
    browser.sign_in().await;
    let answer = browser
        .fetch("GET", "/api/proxy/loop/api/proxy/loop/api/session")
        .await;
    // In the words of the second round, which the first one passes on.
    assert_eq!(
        (answer.status, answer.json()["error"].as_str()),
        (502, Some("provider_error"))
    );
    let line = program.logs("request_failed", 1).await;
    assert!(
        line["cause"]
            .as_str()
            .is_some_and(|cause| cause.contains("back to this program"))
    );
    assert_eq!(line["help"], "/problems/provider-error");
    let rounds = program.events("request").into_iter();
    assert_eq!(rounds.filter(|line| line["status"] == 502).count(), 2);

    let name = env!("CARGO_PKG_NAME").as_bytes();
    for via in [
        [&b"1.1 "[..], name, b""],
        [b"1.0 fred, 1.1 ", name, b" (x)"],
        [b"1.0 \xff, 1.1 ", name, b""],
        [b"1.1  ", name, b" (\xe9)"],
    ] {
        let via = via.concat();
        let request = fetch("GET", "/api/proxy/loop/api/session").header_of_bytes("Via", &via);
        let answer = browser.send(request, Initiator::SameOrigin).await;
        answer.is_problem(502, "provider_error");
    }
    // Another proxy in front is none of ours.
    let request = fetch("GET", "/api/proxy/loop/api/session").header("Via", "1.1 nginx");
    assert_eq!(
        browser.send(request, Initiator::SameOrigin).await.status,
        200
    );
}

/// Covers: ASVS-4.4.2
#[tokio::test]
async fn only_our_own_pages_call_an_upstream_and_nothing_is_upgraded() {
    let place = Place::new().await;
    for headers in [
        &[("Sec-Fetch-Site", "cross-site")][..],
        &[("Sec-Fetch-Site", "same-site"), ("X-CSRF", "1")],
        &[("Origin", "https://evil.test"), ("X-CSRF", "1")],
    ] {
        for method in ["GET", "POST"] {
            let mut request = Request::new(method, "/api/proxy/models/v1/models");
            for (name, value) in headers {
                request = request.header(name, value);
            }
            place.send(request).await.is_problem(403, "csrf_rejected");
        }
    }
    let post = Request::new("POST", "/api/proxy/models/v1/models");
    place
        .send(post.clone())
        .await
        .is_problem(403, "csrf_rejected");
    let upgrade = fetch("GET", "/api/proxy/models/v1/models")
        .header("Upgrade", "websocket")
        .header("Sec-WebSocket-Version", "13")
        .header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
    place.send(upgrade).await.is_problem(400, "bad_request");
    place.is_empty("refused");
    assert_eq!(place.send(post.header("X-CSRF", "1")).await.status, 200);
}
