//! Answers of an upstream: status codes, headers, and the policy of the answer.

use super::Place;
use super::server::{Step, answer};
use crate::support::*;

const POLICY: &str = "default-src 'none'; frame-ancestors 'none'; sandbox";

/// Covers: DRV-PROXY-RESP, ASVS-14.3.2
#[tokio::test]
async fn of_an_upstreams_headers_only_those_on_the_list_arrive() {
    let place = Place::new().await;
    let bad = "Set-Cookie: session=evil; Path=/\r\nSet-Cookie: S=evil\r\nSet-Cookie2: a=b\r\nAccess-Control-Allow-Origin: *\r\nAccess-Control-Allow-Credentials: true\r\n\
               WWW-Authenticate: Bearer\r\nProxy-Authenticate: Basic\r\nClear-Site-Data: \"*\"\r\nStrict-Transport-Security: max-age=0\r\n\
               Content-Security-Policy: default-src *\r\nContent-Security-Policy-Report-Only: x\r\nX-Frame-Options: ALLOWALL\r\nCache-Control: public, max-age=600\r\n\
               Expires: Thu, 01 Jan 2099 00:00:00 GMT\r\nPragma: cache\r\nAge: 5\r\nVary: Origin\r\nServer: evil/1\r\nX-Powered-By: evil\r\nLocation: http://internal/\r\n\
               Refresh: 0; url=http://evil.test\r\nLink: <http://evil.test>; rel=preload\r\nVia: 1.1 inner.host\r\nX-Request-Id: evil\r\n\
               X-Content-Type-Options: sniff\r\nReferrer-Policy: unsafe-url\r\nPermissions-Policy: camera=*\r\nCross-Origin-Resource-Policy: cross-origin\r\n\
               Cross-Origin-Opener-Policy: unsafe-none\r\nCross-Origin-Embedder-Policy: x\r\nService-Worker-Allowed: /\r\nSourceMap: /x\r\nNEL: {}\r\nReport-To: {}\r\n\
               Alt-Svc: h2=\"evil.test:443\"\r\nKeep-Alive: timeout=5\r\nTrailer: X\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nX-Own: 1\r\n\
               Content-Disposition: inline; filename=x.html\r\n";
    let good = [
        ("accept-ranges", "bytes"),
        ("content-language", "en"),
        ("content-range", "bytes 0-1/2"),
        ("content-type", "application/json"),
        ("etag", "\"a\""),
        ("last-modified", "Thu, 01 Jan 2026 00:00:00 GMT"),
        ("preference-applied", "wait=1"),
        ("retry-after", "7"),
    ];
    let lines: String = good
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    for status in [
        "200 OK",
        "206 Partial Content",
        "404 Not Found",
        "429 Too Many Requests",
        "503 Service Unavailable",
    ] {
        place
            .upstream
            .answers(answer(status, &format!("{bad}{lines}"), "{}"));
        let given = place.ask("GET", "/v1/models").await;
        assert_eq!(format!("{} ", given.status), status[..4], "{status}");
        assert_eq!(given.text(), "{}");
        for (name, value) in good {
            assert_eq!(given.header(name), Some(value), "{name}");
        }
        for (name, value) in [
            ("cache-control", "no-store"),
            ("content-disposition", "attachment"),
            ("content-length", "2"),
            ("content-security-policy", POLICY),
            ("cross-origin-resource-policy", "same-origin"),
            ("referrer-policy", "no-referrer"),
            ("x-content-type-options", "nosniff"),
        ] {
            assert_eq!(given.header(name), Some(value), "{name}");
        }
        let mut names: Vec<&str> = given
            .headers
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        names.sort_unstable();
        let mut expected: Vec<&str> = good.iter().map(|(name, _)| *name).collect();
        expected.extend([
            "cache-control",
            "connection",
            "content-disposition",
            "content-length",
            "content-security-policy",
            "cross-origin-resource-policy",
            "date",
            "referrer-policy",
            "x-content-type-options",
            "x-request-id",
        ]);
        expected.sort_unstable();
        assert_eq!(names, expected, "{status}");
        assert_ne!(given.header("x-request-id"), Some("evil"));
        assert!(!given.header("date").expect("a date").contains("1970"));
    }
    assert!(place.browser.is_signed_in().await);
}

/// Covers: ASVS-3.2.1
#[tokio::test]
async fn what_an_upstream_calls_a_page_is_none_of_our_origin() {
    let place = Place::new().await;
    for (kind, body) in [
        ("text/html", "<script>alert(1)</script>"),
        ("text/html; charset=utf-8", "<script>alert(1)</script>"),
        (
            "image/svg+xml",
            "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        ),
        ("application/xhtml+xml", "<html/>"),
        ("text/javascript", "alert(1)"),
    ] {
        for status in ["200 OK", "500 Internal Server Error"] {
            place
                .upstream
                .answers(answer(status, &format!("Content-Type: {kind}\r\n"), body));
            let opened = place.browser.click("/api/proxy/models/v1/models").await;
            for (name, value) in [
                ("content-type", Some(kind)),
                ("content-security-policy", Some(POLICY)),
                ("x-content-type-options", Some("nosniff")),
                ("content-disposition", Some("attachment")),
                ("cache-control", Some("no-store")),
                ("cross-origin-opener-policy", None),
            ] {
                assert_eq!(opened.header(name), value, "{name} of {kind}");
            }
            assert_eq!(opened.text(), body);
        }
    }
}

/// Covers: DRV-PROXY-RESP
#[tokio::test]
async fn an_upstreams_status_is_passed_on_unless_it_would_lead_the_browser_astray() {
    let place = Place::new().await;
    for status in [
        200, 201, 202, 203, 206, 400, 402, 403, 404, 405, 409, 410, 418, 422, 429, 451, 500, 502,
        503, 504, 599,
    ] {
        // Without a word about what it is.
        place
            .upstream
            .answers(answer(&format!("{status} X"), "", "its own words"));
        let given = place.ask("GET", "/v1/models").await;
        assert_eq!(
            (given.status, given.text().as_str()),
            (status, "its own words")
        );
        assert_eq!(
            given.header("content-type"),
            Some("application/octet-stream")
        );
    }
    for status in [300, 301, 302, 303, 305, 307, 308, 399, 407] {
        place.upstream.answers(answer(
            &format!("{status} X"),
            "Location: http://evil.test/\r\n",
            "words",
        ));
        let given = place.ask("GET", "/v1/models").await;
        given.is_problem(502, "provider_error");
        assert_eq!(given.header("location"), None);
    }
    for status in [204, 304] {
        let head = format!("HTTP/1.1 {status} X\r\nETag: \"a\"\r\nContent-Type: text/html\r\n\r\n");
        place.upstream.answers(vec![Step::Send(head.into_bytes())]);
        let given = place.ask("GET", "/v1/models").await;
        assert_eq!((given.status, given.body.len()), (status, 0));
        assert_eq!(
            (given.header("etag"), given.header("cache-control")),
            (Some("\"a\""), Some("no-store"))
        );
    }
    place.upstream.answers(vec![Step::Send(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n".to_vec(),
    )]);
    assert_eq!(place.ask("GET", "/v1/models").await.status / 100, 5);
}

#[tokio::test]
async fn a_head_has_no_body_and_is_whole() {
    let place = Place::new().await;
    for (lines, length) in [
        ("Content-Length: 1234\r\n", Some("1234")),
        ("Transfer-Encoding: chunked\r\n", None),
    ] {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n{lines}\r\n");
        place.upstream.answers(vec![Step::Send(head.into_bytes())]);
        let given = place.ask("HEAD", "/v1/models").await;
        assert_eq!((given.status, given.body.len()), (200, 0));
        assert_eq!(given.header("content-length"), length);
    }
}

#[tokio::test]
async fn an_upstream_that_is_down_silent_or_malformed_has_its_own_error() {
    let place = Place::with("answer_timeout = '1s'", &[]).await;
    let sends = |text: &str| {
        vec![
            Step::ReadBody,
            Step::Send(text.as_bytes().to_vec()),
            Step::Close,
        ]
    };
    for (steps, status, error) in [
        (vec![Step::Wait], 504, "provider_timeout"),
        (vec![Step::Close], 503, "provider_unavailable"),
        (sends("nonsense\r\n\r\n"), 503, "provider_unavailable"),
        (
            sends("HTTP/1.1 200 OK\r\nContent-"),
            503,
            "provider_unavailable",
        ),
    ] {
        place.upstream.answers(steps);
        let given = place.ask("GET", "/v1/models").await;
        given.is_problem(status, error);
        assert_eq!(given.header("retry-after"), Some("5"));
    }
    let Place {
        upstream,
        program,
        browser,
    } = place;
    drop(upstream);
    let given = loop {
        // The listener closes in a moment.
        let given = browser.fetch("GET", "/api/proxy/models/v1/models").await;
        if given.status == 503 {
            break given;
        }
    };
    given.is_problem(503, "provider_unavailable");
    assert!(browser.is_signed_in().await);
    drop(program);
}

#[tokio::test]
async fn what_an_upstream_has_packed_stays_packed_and_nothing_is_packed_here() {
    let place = Place::new().await;
    let text = "a".repeat(10_000);
    let ask = || fetch("GET", "/api/proxy/models/v1/models").header("Accept-Encoding", "gzip, br");
    place
        .upstream
        .answers(answer("200 OK", "Content-Type: text/plain\r\n", &text));
    let given = place.send(ask()).await;
    assert_eq!(
        (given.header("content-encoding"), given.text()),
        (None, text)
    );
    assert_eq!(
        place.upstream.take().header("accept-encoding"),
        Some("gzip, br")
    );
    place.upstream.answers(answer(
        "200 OK",
        "Content-Type: text/plain\r\nContent-Encoding: br\r\n",
        "packed",
    ));
    let given = place.send(ask()).await;
    assert_eq!(
        (given.header("content-encoding"), given.text().as_str()),
        (Some("br"), "packed")
    );
}
