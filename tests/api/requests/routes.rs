//! Methods, paths and headers.

use super::{MARK, ROUTES, is_sound};
use crate::support::*;

const METHODS: &[&str] = &[
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "QUERY",
];

/// Covers: BFF-6.1.3.6-2, ASVS-3.4.4, RFC9110-15.5.6-1
#[tokio::test]
async fn every_route_takes_its_methods_and_says_which() {
    each_takes_its_methods(ROUTES).await;
}

/// Fails unless each of these routes answers another method with 405 and `Allow`.
pub async fn each_takes_its_methods(routes: &[(&str, &str)]) {
    let program = BINARY.start().await;
    let browser = program.browser();
    for (path, allowed) in routes {
        for method in METHODS {
            let what = format!("{method} {path}");
            let answer = browser
                .send(fetch(method, path), Initiator::SameOrigin)
                .await;
            is_sound(&answer, &what);
            if allowed.split(", ").any(|one| one == *method) {
                assert_ne!(answer.status, 405, "{what}");
            } else if answer.status != 403 {
                // The login's routes are refused to scripts before their method is looked at.
                assert_eq!(answer.status, 405, "{what}");
                assert_eq!(answer.header("allow"), Some(*allowed), "{what}");
            }
            let page = navigation(method, path, Initiator::SameOrigin);
            is_sound(&browser.send(page, Initiator::SameOrigin).await, &what);
        }
    }
}

/// Covers: BFF-6.1.3.6-1, ASVS-13.4.1
#[tokio::test]
async fn paths_that_lead_nowhere_are_not_found() {
    let program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    for path in [
        "/zq9mark",
        "/api",
        "/api/",
        "/api/user",
        "/api/user/info/",
        "/api//user/info",
        "//api/user/info",
        "/API/USER/INFO",
        "/api/user/info%2f",
        "/api%2fuser%2finfo",
        "/static/..%2f..%2fetc%2fpasswd",
        "/static/../../../etc/passwd",
        "/static/%2e%2e/%2e%2e/Cargo.toml",
        "/static/..\\..\\x",
        "/static/current/..%2f..%2fconfig%2fdefault.toml",
        "/static/%00",
        "/static//etc/passwd",
        "/.env",
        "/.git/config",
        "/data/session.key",
        "/data/sessions.db",
        "/config/default.toml",
        "/sandbox",
        "/sandbox/api/settings",
        "/metrics",
        "/oauth",
        "/auth",
        "/oauth/callback/",
        "/auth/oauth/start/x",
        "/%",
        "/%zz",
        "/%ff%fe",
        "/%00",
        "/a%0d%0aSet-Cookie:%20zq9mark=1",
        "/api/sessions/..%2f..",
        "/api/proxy/x/y",
        "/wp-login.php",
        "/;/",
        "/..;/api",
    ] {
        for request in [
            fetch("GET", path),
            navigation("GET", path, Initiator::Typed),
        ] {
            let answer = browser.send(request, Initiator::SameOrigin).await;
            is_sound(&answer, path);
            assert!(
                matches!(answer.status, 400 | 404 | 405),
                "{path}: {}",
                answer.status
            );
            assert!(!answer.text().contains("root:"), "{path}");
        }
    }
    for id in [
        MARK,
        "%00",
        "..%2f",
        &"a".repeat(4000),
        "%F0%9F%92%A9",
        "%ff",
    ] {
        let answer = browser
            .fetch("DELETE", &format!("/api/sessions/{id}"))
            .await;
        is_sound(&answer, id);
        assert!(
            matches!(answer.status, 400 | 404),
            "{id}: {}",
            answer.status
        );
    }
    assert!(browser.is_signed_in().await);
}

/// Covers: ASVS-4.2.1
#[tokio::test]
async fn a_request_line_or_header_that_is_none_gets_an_answer_that_says_nothing() {
    let program = BINARY.start().await;
    let address = &program.addresses.public;
    let long = "a".repeat(200 * 1024);
    for bytes in [
        "zq9mark\r\n\r\n".to_owned(),
        "GET / HTTP/9.9\r\n\r\n".to_owned(),
        "GET  / HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(),
        "GET /\u{1}zq9mark HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".to_owned(),
        "GET / HTTP/1.1\r\nHost: x\r\nzq9 mark: 1\r\nConnection: close\r\n\r\n".to_owned(),
        "GET / HTTP/1.1\r\nHost: x\r\nX: zq9mark\u{0}\r\nConnection: close\r\n\r\n".to_owned(),
        "GET / HTTP/1.1\r\nHost: x\r\n folded: zq9mark\r\nConnection: close\r\n\r\n".to_owned(),
        "POST /auth/logout HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\nConnection: close\r\n\r\n".to_owned(),
        "POST /auth/logout HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\nConnection: close\r\n\r\nab".to_owned(),
        "POST /auth/logout HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n".to_owned(),
        "POST /auth/logout HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: zq9mark\r\nConnection: close\r\n\r\n".to_owned(),
        "POST /auth/logout HTTP/1.1\r\nHost: x\r\nX-CSRF: 1\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\n".to_owned(),
        format!("GET /{long} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: x\r\nX-Long: {long}\r\nConnection: close\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: x\r\n{}Connection: close\r\n\r\n", "X-Many: 1\r\n".repeat(500)),
    ] {
        let shown: String = bytes.chars().take(60).collect();
        let raw = exchange(address, bytes.as_bytes()).await;
        let text = String::from_utf8_lossy(&raw);
        assert!(!text.contains(MARK), "{shown}: {text}");
        assert!(!text.starts_with("HTTP/1.1 5"), "{shown}: {text}");
    }
    // It is still there.
    assert_eq!(program.browser().open("/").await.status, 200);
}

/// Covers: BFF-6.1.3.6-2
#[tokio::test]
async fn absurd_headers_change_nothing_and_are_not_repeated() {
    absurd_headers_change_nothing(ROUTES).await;
}

/// Fails unless each of these routes gives a sound answer to absurd headers.
pub async fn absurd_headers_change_nothing(routes: &[(&str, &str)]) {
    let program = BINARY.start().await;
    let browser = program.browser();
    for (name, value) in [
        ("X-Request-Id", MARK),
        ("Accept", "text/html;q=zq9mark, */*;;;,,"),
        (
            "Accept-Language",
            "zq9mark, *;q=9, ../../etc/passwd, zh-Hant-\u{e9}",
        ),
        ("Accept-Encoding", "zq9mark, gzip;q=x"),
        ("User-Agent", "zq9mark\u{1f4a9}"),
        ("Referer", "https://zq9mark.test/?code=x"),
        (
            "Cookie",
            "zq9mark; =; ==; a=b=c; session; \u{1f4a9}=\u{1f4a9}; language=zq9mark; login-=x",
        ),
        ("X-Forwarded-For", "zq9mark"),
        ("X-Forwarded-Proto", "http"),
        ("X-HTTP-Method-Override", "DELETE"),
        ("Range", "bytes=0-1,zq9mark"),
        ("If-None-Match", "\"zq9mark\", *"),
        ("Content-Type", "text/zq9mark"),
        ("Sec-Fetch-Dest", MARK),
        ("Origin", "https://zq9mark.test"),
        ("Expect", "zq9mark"),
        ("Upgrade", "zq9mark"),
        ("Authorization", "Bearer zq9mark"),
    ] {
        for (path, _) in routes {
            let request = Request::new("GET", path)
                .header("Accept", "text/html")
                .header(name, value);
            let answer = browser.send_bare(request).await;
            is_sound(&answer, &format!("{name} on {path}"));
        }
    }
}
