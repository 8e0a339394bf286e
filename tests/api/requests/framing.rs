//! Framing of requests: no smuggling, no upgrade, no endless head.

use crate::support::*;

/// The statuses of all answers in these bytes.
fn statuses(raw: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(raw).into_owned();
    text.split("HTTP/1.1 ")
        .skip(1)
        .map(|answer| answer.chars().take(3).collect())
        .collect()
}

/// Covers: ASVS-4.2.1
#[tokio::test]
async fn nothing_is_smuggled_into_a_connection() {
    let program = BINARY.start().await;
    let address = &program.addresses.public;
    let hidden = "GET /api/session HTTP/1.1\r\nHost: x\r\n\r\n";
    let head = "POST /auth/logout HTTP/1.1\r\nHost: x\r\nX-CSRF: 1\r\n";
    for (what, bytes) in [
        (
            "a length and chunks",
            format!(
                "{head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}"
            ),
        ),
        (
            "chunks and a length",
            format!(
                "{head}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n{hidden}"
            ),
        ),
        (
            "two lengths",
            format!(
                "{head}Content-Length: 0\r\nContent-Length: {}\r\n\r\n{hidden}",
                hidden.len()
            ),
        ),
        (
            "a list of lengths",
            format!("{head}Content-Length: 0, 0\r\n\r\n{hidden}"),
        ),
        (
            "a length with a sign",
            format!("{head}Content-Length: +0\r\n\r\n{hidden}"),
        ),
        (
            "an encoding that is none",
            format!("{head}Transfer-Encoding: xchunked\r\n\r\n{hidden}"),
        ),
        (
            "chunks twice",
            format!(
                "{head}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n{hidden}"
            ),
        ),
        (
            "a folded line",
            format!("{head}Content-Length:\r\n 0\r\n\r\n{hidden}"),
        ),
        (
            "white space before the colon",
            format!("{head}Content-Length : 0\r\n\r\n{hidden}"),
        ),
        (
            "a chunk size that is none",
            format!("{head}Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n{hidden}"),
        ),
    ] {
        let raw = exchange(address, bytes.as_bytes()).await;
        let found = statuses(&raw);
        assert!(
            found.len() <= 1,
            "{what}: {}",
            String::from_utf8_lossy(&raw)
        );
        assert!(
            found.iter().all(|status| status == "400"),
            "{what}: {found:?}"
        );
    }
    assert_eq!(program.browser().open("/").await.status, 200);
}

/// Covers: ASVS-4.4.2
#[tokio::test]
async fn no_connection_is_upgraded() {
    let program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    let own = browser.origin.origin().ascii_serialization();
    for path in [
        "/",
        "/api/session",
        "/api/user/info",
        "/api/proxy/x/y",
        "/auth/oauth/start",
    ] {
        for origin in ["https://evil.test", own.as_str()] {
            let request = Request::new("GET", path)
                .header("Origin", origin)
                .header("Upgrade", "websocket")
                .header("Sec-WebSocket-Version", "13")
                .header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
            let answer = browser.send(request, Initiator::SameOrigin).await;
            assert_ne!(answer.status, 101, "{path} {origin}");
            assert_eq!(answer.header("upgrade"), None, "{path} {origin}");
            if origin != own {
                assert_eq!(answer.status, 403, "{path}");
            }
        }
    }
}

/// Covers: ASVS-15.2.2
#[tokio::test]
async fn an_endless_head_is_cut_off_and_other_requests_are_served() {
    let program = BINARY.start().await;
    let address = &program.addresses.public;
    let long = "a".repeat(256 * 1024);
    for bytes in [
        format!("GET /{long} HTTP/1.1\r\nHost: x\r\n\r\n"),
        format!("GET / HTTP/1.1\r\nHost: x\r\nX-Long: {long}\r\n\r\n"),
        format!(
            "GET / HTTP/1.1\r\nHost: x\r\n{}\r\n",
            "X-Many: 1\r\n".repeat(500)
        ),
        // It never ends: the time for a head is over first.
        "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ".to_owned(),
    ] {
        let raw = exchange(address, bytes.as_bytes()).await;
        let found = statuses(&raw);
        assert_eq!(found.len(), 1, "{bytes:.60}");
        let known = ["400", "408", "414", "431"];
        assert!(known.contains(&found[0].as_str()), "{bytes:.60}: {found:?}");
    }
    assert_eq!(program.browser().open("/").await.status, 200);
}
