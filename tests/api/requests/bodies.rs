//! Bodies that are too long, of the wrong type, or not what their headers say.

use super::{MARK, is_sound};
use crate::support::*;

const TEN_MEGABYTES: usize = 10 * 1024 * 1024;

const POSTS: &[&str] = &[
    "/api/oauth/exchange-token",
    "/auth/logout",
    "/api/user/refresh",
    "/api/oauth/refresh-token",
    "/",
    "/oauth/callback",
    "/api/session",
    "/nowhere",
];

/// The body in one chunk after another, without a length.
fn chunked(length: usize) -> Vec<u8> {
    let chunk = [b"10000\r\n".to_vec(), vec![b'x'; 65_536], b"\r\n".to_vec()].concat();
    [chunk.repeat(length.div_ceil(65_536)), b"0\r\n\r\n".to_vec()].concat()
}

/// Covers: ASVS-15.2.2
#[tokio::test]
async fn ten_megabytes_are_refused_with_and_without_a_length() {
    let program = BINARY.start().await;
    for path in POSTS {
        for has_length in [true, false] {
            let request = fetch("POST", path).header("Content-Type", "application/json");
            let request = if has_length {
                request.body(vec![b'x'; TEN_MEGABYTES])
            } else {
                request
                    .header("Transfer-Encoding", "chunked")
                    .body(chunked(TEN_MEGABYTES))
            };
            let what = format!("{path}, length: {has_length}");
            let answer = program.browser().send(request, Initiator::SameOrigin).await;
            is_sound(&answer, &what);
            match *path {
                _ if has_length => drop(answer.is_problem(413, "payload_too_large")),
                "/api/oauth/exchange-token" => drop(answer.is_problem(413, "payload_too_large")),
                "/auth/logout" => drop(answer.is_problem(413, "payload_too_large")),
                "/api/user/refresh" | "/api/oauth/refresh-token" => {
                    assert_eq!(answer.status, 401, "{what}");
                }
                "/nowhere" => assert_eq!(answer.status, 404, "{what}"),
                _ => assert!(
                    matches!(answer.status, 403 | 405),
                    "{what}: {}",
                    answer.status
                ),
            }
        }
    }
    assert_eq!(program.browser().open("/").await.status, 200);
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_on_routes_that_read_no_body() {
    let program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    for (method, path) in [
        ("POST", "/api/user/refresh"),
        ("POST", "/auth/logout"),
        ("GET", "/api/user/info"),
        ("DELETE", "/api/sessions/x"),
    ] {
        let request = fetch(method, path).body(vec![b'x'; 100_000]);
        let answer = browser.send(request, Initiator::SameOrigin).await;
        is_sound(&answer, path);
        answer.is_problem(413, "payload_too_large");
    }
    assert!(browser.is_signed_in().await);
}

/// Covers: ASVS-3.5.2
#[tokio::test]
async fn a_body_of_the_wrong_kind_is_a_bad_request() {
    let program = BINARY.start().await;
    let browser = program.browser();
    let path = "/api/oauth/exchange-token";
    let json = format!("{{\"code\":\"{MARK}\",\"state\":\"{MARK}\"}}");
    for (kind, body) in [
        ("text/plain", json.as_bytes().to_vec()),
        (
            "application/x-www-form-urlencoded",
            b"code=a&state=b".to_vec(),
        ),
        ("multipart/form-data; boundary=x", b"--x--".to_vec()),
        ("zq9mark", json.as_bytes().to_vec()),
        ("application/json", b"".to_vec()),
        ("application/json", b"{".to_vec()),
        ("application/json", b"null".to_vec()),
        ("application/json", b"\xff\xfe".to_vec()),
        ("application/json", b"{\"code\":1,\"state\":[]}".to_vec()),
        (
            "application/json",
            b"{\"code\":\"a\",\"code\":\"b\",\"state\":\"c\"}".to_vec(),
        ),
        ("application/json", b"[".repeat(5000)),
    ] {
        let request = fetch("POST", path).header("Content-Type", kind).body(body);
        let answer = browser.send(request, Initiator::SameOrigin).await;
        is_sound(&answer, kind);
        answer.is_problem(400, "bad_request");
    }
    // Of the right kind: then the callback's own codes say what is wrong with it.
    for (body, error) in [
        (json.as_str(), "invalid_state"),
        ("{}", "missing_parameters"),
    ] {
        let request = fetch("POST", path)
            .header("Content-Type", "application/json; charset=zq9mark")
            .body(body);
        let answer = browser.send(request, Initiator::SameOrigin).await;
        is_sound(&answer, body);
        answer.is_problem(400, error);
    }
}

/// Covers: ASVS-15.2.2
#[tokio::test]
async fn a_body_that_never_arrives_delays_no_other_request() {
    let program = BINARY.start().await;
    let slow: Vec<_> = (0..20)
        .map(|_| async {
            let head = "POST /auth/logout HTTP/1.1\r\nHost: x\r\nX-CSRF: 1\r\nContent-Length: 10\r\n\r\nab";
            let mut stream = tokio::net::TcpStream::connect(&program.addresses.public).await.unwrap();
            tokio::io::AsyncWriteExt::write_all(&mut stream, head.as_bytes()).await.unwrap();
            stream
        })
        .collect();
    let held = futures_util::future::join_all(slow).await;
    assert_eq!(program.browser().open("/").await.status, 200);
    // Only time itself shows that it ends: after 10 s they are told so, and let go.
    for mut stream in held {
        let mut told = Vec::new();
        tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut told)
            .await
            .unwrap();
        let told = String::from_utf8(told).unwrap();
        assert!(told.starts_with("HTTP/1.1 400 "), "{told}");
        assert!(told.contains("\"error\":\"bad_request\""), "{told}");
    }
}
