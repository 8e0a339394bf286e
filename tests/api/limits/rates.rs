//! Rate limits: a client or session over its rate gets 429 with `Retry-After`, others are not affected. Also the limits of connections and of
//! malformed input.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::headers::security::carries_the_headers;
use crate::support::every_answer::Seen;
use crate::support::*;

/// A request that a proxy on this machine passes on for this client.
fn from(client: &str, request: Request) -> Request {
    request.header("X-Forwarded-For", client)
}

/// With a proxy on this machine, and few logins, calls of a session, or requests of a client.
async fn behind_a_proxy(limit: &str) -> Program {
    let (rate, burst) = (format!("{limit}_RATE"), format!("{limit}_BURST"));
    BINARY
        .start_with(&[
            ("BFF_SERVER__TRUSTED_PROXIES", "127.0.0.1"),
            (&rate, "1"),
            (&burst, "3"),
        ])
        .await
}

/// Sends it until it is refused; what came before, and the refusal.
async fn until_refused(program: &Program, request: &Request) -> (usize, Answer) {
    for passed in 0..100 {
        let answer = send(&program.addresses.public, "x", request).await;
        if answer.status == 429 {
            return (passed, answer);
        }
    }
    panic!("never refused: {} {}", request.method, request.target)
}

/// Whether it says when to come back, in whole seconds.
fn says_when(answer: &Answer) {
    let after = answer.header("retry-after").unwrap_or_default();
    assert!(
        after.parse::<u32>().is_ok_and(|after| after >= 1),
        "{after}"
    );
}

/// Covers: ASVS-2.4.1, ASVS-4.1.3
#[tokio::test]
async fn a_client_over_the_login_rate_gets_retry_after_and_others_sign_in() {
    let program = behind_a_proxy("BFF_LIMITS__LOGIN").await;
    let start = navigation("GET", "/auth/oauth/start", Initiator::SameOrigin);
    for (number, request) in [
        start.clone(),
        navigation("GET", "/%61uth/oauth/start", Initiator::SameOrigin),
        fetch("POST", "/api/oauth/exchange-token").body("{}"),
        navigation(
            "GET",
            "/oauth/callback?code=a&state=b",
            Initiator::CrossSite,
        ),
        fetch("GET", "/api/session").header("Cookie", "session=made-up"),
        fetch("GET", "/api/session").header("Cookie", "session=a; session=b"),
        Request::new("POST", "/csp-report")
            .header("Content-Type", "application/reports+json")
            .body("[]"),
        Request::new("POST", "/%63sp-report"),
        // What comes from another site, and is told by a line each time.
        Request::new("POST", "/auth/logout").header("Origin", "https://evil.test"),
        Request::new("GET", "/api/session").header("Origin", "https://evil.test"),
    ]
    .into_iter()
    .enumerate()
    {
        let client = format!("198.51.100.{number}");
        let (passed, refusal) = until_refused(&program, &from(&client, request.clone())).await;
        assert!(passed >= 3, "{passed} {}", request.target);
        says_when(&refusal);
    }
    // It is refused to one client, and nothing else is.
    let (_, refusal) = until_refused(&program, &from("192.0.2.1", start.clone())).await;
    assert_eq!(refusal.header("location"), None);
    let page = navigation("GET", "/", Initiator::Typed);
    let page = send(&program.addresses.public, "x", &from("192.0.2.1", page)).await;
    assert_eq!(page.status, 200);
    let other = send(&program.addresses.public, "x", &from("192.0.2.2", start)).await;
    assert_eq!(other.status, 303);
}

/// Covers: ASVS-2.4.1, ASVS-3.4.4
#[tokio::test]
async fn a_refusal_is_a_problem_to_scripts_and_a_page_to_navigations_with_all_headers() {
    let program = behind_a_proxy("BFF_LIMITS__CLIENT").await;
    let call = from("192.0.2.1", fetch("GET", "/api/session"));
    let (_, problem) = until_refused(&program, &call).await;
    problem.is_problem(429, "rate_limited");
    let page = navigation("GET", "/", Initiator::Typed).header("Accept-Language", "ja");
    let (_, page) = until_refused(&program, &from("192.0.2.1", page)).await;
    assert!(page.text().contains("lang=\"ja\""), "{}", page.text());
    for (what, answer) in [("a call", problem), ("a page", page)] {
        says_when(&answer);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let seen = Seen {
            what: what.to_owned(),
            method: "GET".to_owned(),
            path: "/".to_owned(),
            answer,
            is_unencrypted: true,
            is_asset: false,
        };
        carries_the_headers(&seen, &program.addresses.origin());
    }
    // One line for one client, however often it was refused, and all are counted.
    let line = program.logs("rate_limited", 1).await;
    assert_eq!(
        (&line["limit"], &line["span"]["client"]),
        (&"client".into(), &"192.0.2.1".into())
    );
    assert!(
        program
            .events("request")
            .iter()
            .all(|line| line["status"] != 429)
    );
    let metrics = Request::new("GET", "/metrics");
    let counted = send(&program.addresses.admin, "localhost", &metrics)
        .await
        .text();
    assert!(
        counted.contains("bff_rate_limited_total{limit=\"client\"} "),
        "{counted}"
    );
}

/// Covers: ASVS-2.4.1
#[tokio::test]
async fn a_session_that_floods_the_api_is_refused_wherever_it_calls_from_and_no_other_is() {
    let program = behind_a_proxy("BFF_LIMITS__SESSION").await;
    let (one, other) = (program.browser(), program.browser());
    one.sign_in().await;
    other.sign_in().await;
    let mut refused = None;
    for number in 0..100 {
        let client = format!("192.0.2.{number}");
        let call = from(&client, fetch("GET", "/api/session"));
        let answer = one.send(call, Initiator::SameOrigin).await;
        if answer.status == 429 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("it is refused at some time");
    says_when(refused.is_problem(429, "rate_limited"));
    assert_eq!(other.fetch("GET", "/api/session").await.status, 200);
    assert_eq!(one.open("/").await.status, 200, "a page is no call");
}

/// Covers: ASVS-4.1.3
#[tokio::test]
async fn behind_an_untrusted_proxy_clients_are_not_limited_by_address_and_the_start_warns() {
    let program = BINARY
        .start_without_user(&[
            ("OAUTH_REDIRECT_URI", "https://app.test/oauth/callback"),
            ("BFF_LIMITS__CLIENT_RATE", "1"),
            ("BFF_LIMITS__CLIENT_BURST", "1"),
            ("BFF_LIMITS__LOGIN_RATE", "1"),
            ("BFF_LIMITS__LOGIN_BURST", "1"),
        ])
        .await;
    let start = navigation("GET", "/auth/oauth/start", Initiator::SameOrigin);
    for _ in 0..20 {
        let answer = send(&program.addresses.public, "app.test", &start).await;
        assert_eq!(answer.status, 303);
    }
    assert!(
        program.log().contains("server.trusted_proxies"),
        "{}",
        program.log()
    );
}

/// Covers: ASVS-2.4.1
#[tokio::test]
async fn a_limit_of_zero_is_none() {
    let program = BINARY
        .start_with(&[
            ("BFF_LIMITS__CLIENT_RATE", "0"),
            ("BFF_LIMITS__LOGIN_RATE", "0"),
            ("BFF_LIMITS__CLIENT_BURST", "1"),
            ("BFF_LIMITS__LOGIN_BURST", "1"),
            ("BFF_LIMITS__CONNECTIONS", "0"),
        ])
        .await;
    for _ in 0..20 {
        assert_eq!(
            program.browser().click("/auth/oauth/start").await.status,
            303
        );
    }
}

/// Opens a connection and sends this.
async fn connect(address: &str, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    stream.write_all(bytes).await.expect("the kernel takes it");
    stream
}

/// Covers: ASVS-15.2.2
#[tokio::test]
async fn a_connection_over_the_cap_waits_until_another_is_closed() {
    // Each worker has its share of the cap, and there are as many workers as processors.
    let cap = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let program = BINARY
        .start_without_user(&[("BFF_LIMITS__CONNECTIONS", &cap.to_string())])
        .await;
    let address = &program.addresses.public;
    let alive = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    let mut held = Vec::new();
    for _ in 0..cap {
        let mut stream = connect(address, alive.as_bytes()).await;
        // The answer shows that a worker has this connection.
        let mut first = [0; 12];
        stream.read_exact(&mut first).await.expect("it answers");
        assert_eq!(&first, b"HTTP/1.1 200");
        held.push(stream);
    }
    let last = "GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let mut waiting = connect(address, last.as_bytes()).await;
    // A request that is sent later over a connection that is held is answered first.
    let api = "GET /api/session HTTP/1.1\r\nHost: x\r\n\r\n";
    held[0].write_all(api.as_bytes()).await.expect("it reads");
    let mut read = Vec::new();
    while !read.ends_with(b"{\"authenticated\":false}") {
        let count = held[0].read_buf(&mut read).await.expect("it answers");
        assert!(count > 0, "it closes");
    }
    let mut answered = program.events("request").into_iter();
    assert!(answered.all(|line| line["status"] != 404));
    drop(held);
    let mut answer = Vec::new();
    waiting.read_to_end(&mut answer).await.expect("it answers");
    assert!(answer.starts_with(b"HTTP/1.1 404 "));
}

/// Covers: ASVS-15.2.2
#[tokio::test]
async fn input_that_is_not_http_ends_its_connection_and_no_other() {
    let program = BINARY.start().await;
    let good = "HEAD /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    let chunks = "POST /auth/logout HTTP/1.1\r\nHost: x\r\nX-CSRF: 1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n  \r\n0\r\n\r\n";
    let long = "a".repeat(256 * 1024);
    for (what, bytes, statuses) in [
        ("garbage", "zq9mark\r\n\r\n".to_owned(), &[400][..]),
        (
            "a TLS client hello",
            "\x16\x03\x01\x02\x00\x01".to_owned(),
            &[400],
        ),
        (
            "a header name with a space",
            "GET / HTTP/1.1\r\nA b: c\r\n\r\n".to_owned(),
            &[400],
        ),
        (
            "a long request line",
            format!("GET /{long} HTTP/1.1\r\n\r\n"),
            &[431],
        ),
        ("a slow head", "GET / HTTP/1.1\r\nHost: ".to_owned(), &[408]),
        (
            "garbage behind a request",
            format!("{good}zq9mark\r\n\r\n"),
            &[200, 400],
        ),
        (
            "garbage behind chunks",
            format!("{chunks}zq9mark\r\n\r\n"),
            &[204, 400],
        ),
    ] {
        let raw = exchange(&program.addresses.public, bytes.as_bytes()).await;
        let text = String::from_utf8(raw).expect("text");
        let found: Vec<u16> = text
            .split("HTTP/1.1 ")
            .skip(1)
            .map(|answer| answer[..3].parse().expect("a status"))
            .collect();
        assert_eq!(found, statuses, "{what}: {text}");
        assert!(!text.contains("zq9mark"), "{what}: {text}");
    }
    assert_eq!(program.browser().open("/").await.status, 200);
}

/// Covers: ASVS-4.2.1
#[tokio::test]
async fn an_unread_body_is_not_parsed_as_a_request() {
    let program = BINARY.start().await;
    let head = "POST /nowhere HTTP/1.1\r\nHost: x\r\nX-CSRF: 1\r\n";
    let hidden = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    let last = "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let length = hidden.len();
    for body in [
        format!("Content-Length: {length}\r\n\r\n{hidden}"),
        format!("Transfer-Encoding: chunked\r\n\r\n{length:x}\r\n{hidden}\r\n0\r\n\r\n"),
    ] {
        let bytes = format!("{}{last}", format!("{head}{body}").repeat(3));
        let raw = exchange(&program.addresses.public, bytes.as_bytes()).await;
        let text = String::from_utf8(raw).expect("text");
        assert_eq!(text.matches("HTTP/1.1 404 ").count(), 3, "{text}");
        assert_eq!(text.matches("HTTP/1.1 200 ").count(), 1, "{text}");
        assert!(text.contains("connection: close"), "{text}");
    }
}

/// Covers: ASVS-4.2.1
#[tokio::test]
async fn requests_that_come_at_once_are_answered_one_after_the_other() {
    let program = BINARY.start().await;
    let calls = 1_500;
    let one = "GET /api/session HTTP/1.1\r\nHost: x\r\n\r\n";
    let last = "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let bytes = format!("{}{last}", one.repeat(calls - 1));
    let raw = exchange(&program.addresses.public, bytes.as_bytes()).await;
    let text = String::from_utf8(raw).expect("text");
    assert_eq!(text.matches("HTTP/1.1 200 OK\r\n").count(), calls);
}

/// Covers: ASVS-15.2.2
#[tokio::test]
async fn requests_of_a_client_that_reads_no_answer_are_not_read_without_end() {
    let program = BINARY.start_with(&[("BFF_LIMITS__CLIENT_RATE", "0")]).await;
    let mut stream = connect(&program.addresses.public, b"").await;
    let requests = "GET / HTTP/1.1\r\nHost: x\r\n\r\n".repeat(1_000);
    // The kernel takes some megabytes for either side; then nothing moves any more.
    let mut sent = 0;
    while let Ok(written) =
        tokio::time::timeout(Duration::from_secs(2), stream.write(requests.as_bytes())).await
    {
        sent += written.expect("it is let go too early");
        assert!(sent < 64 * 1024 * 1024, "it goes on reading");
    }
    assert_eq!(program.browser().open("/healthz").await.status, 200);
}
