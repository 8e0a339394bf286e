//! Every security event is one log line with its code, and no input breaks a line.

use serde_json::{Value, json};

use crate::support::*;

/// The log's lines. Each must be JSON; what the start prints for people stands before them.
fn lines(program: &Program) -> Vec<Value> {
    let log = program.log();
    let lines = log.lines().filter(|line| line.starts_with('{'));
    lines
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect()
}

fn events(program: &Program, event: &str) -> Vec<Value> {
    let mut lines = lines(program);
    lines.retain(|line| line["event"] == event);
    lines
}

/// Covers: 6265bis-4.2.2-1, ASVS-16.3.1
#[tokio::test]
async fn every_security_event_is_a_line_with_its_code() {
    let program = BINARY
        .start_with(&[
            ("BFF_SESSION__IDLE_TTL", "2s"),
            ("BFF_SESSION__ABSOLUTE_TTL", "1d"),
        ])
        .await;
    let browser = program.browser();
    // A login that succeeds, one that the person refuses, one that the provider cannot finish.
    browser.sign_in().await;
    let callback = browser.come_back("").await;
    let refused = with_parameter(&callback, "code", None);
    let refused = with_parameter(&refused, "error", Some("access_denied"));
    browser.arrive(&refused).await;
    let callback = browser.come_back("").await;
    program.break_once("token", "html_502").await;
    browser.arrive(&callback).await;
    // Answers that belong to no attempt of this browser, and a return address that leads elsewhere.
    for query in ["code=a&state=b", ""] {
        browser.open(&format!("/oauth/callback?{query}")).await;
    }
    browser.start("?return_to=//evil.test/zq9mark").await;
    // A request from another site, and two session cookies.
    let foreign = Request::new("POST", "/auth/logout").header("Origin", "https://evil.test");
    browser.send(foreign, Initiator::SameOrigin).await;
    let twice = fetch("GET", "/api/session").header("Cookie", "session=a; session=b");
    browser.send_bare(twice).await;
    // A refresh that fails, one that is refused for good, a logout whose revocation fails, an end by idleness.
    program.expire_tokens("demo").await;
    program.break_once("token.refresh", "html_502").await;
    browser.fetch("GET", "/api/user/info").await;
    program
        .sandbox
        .ask(reqwest::Method::POST, "users/demo/revoke", json!({}))
        .await;
    browser.fetch("GET", "/api/user/info").await;
    browser.sign_in().await;
    program.break_once("revoke", "oauth_error_503").await;
    let copy = browser.copy();
    browser.fetch("POST", "/auth/logout").await;
    copy.fetch("GET", "/api/user/info").await;
    browser.sign_in().await;
    while browser.is_signed_in().await {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    while events(&program, "revocation_failed").is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    for event in [
        "login_started",
        "login_finished",
        "login_failed",
        "login_provider_failed",
        "csrf_rejected",
        "session_cookie_repeated",
        "refresh_failed",
        "refresh_refused",
        "revocation_failed",
        "session_ended",
        "session_unknown",
        "return_to_refused",
    ] {
        assert!(!events(&program, event).is_empty(), "{event}");
    }
    let failed = events(&program, "login_failed");
    let codes: Vec<_> = failed.iter().map(|line| line["error"].as_str()).collect();
    let told = [
        "access_denied",
        "provider_unavailable",
        "invalid_state",
        "missing_parameters",
    ];
    assert_eq!(codes, told.map(Some));
    assert!(!program.log().contains("zq9mark"));
    let ended = events(&program, "session_ended");
    let causes: Vec<_> = ended.iter().map(|line| line["cause"].as_str()).collect();
    assert_eq!(
        causes,
        [
            Some("refresh_refused"),
            Some("logged_out"),
            Some("idle_limit")
        ]
    );
}

/// Covers: ASVS-16.4.1
#[tokio::test]
async fn no_input_of_a_client_breaks_a_log_line() {
    let program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    let before = events(&program, "request").len();
    // A control character in a header is refused before anything of ours sees it.
    let forged = "x\u{2028}{\"event\":\"forged\"}";
    for request in [
        fetch("GET", "/api/session").header("User-Agent", forged),
        fetch("GET", "/api/session").header("X-Request-Id", forged),
        fetch("GET", "/api/session").header("X-Forwarded-For", forged),
        fetch("GET", "/nowhere?%0a%7b%22event%22:%22forged%22%7d"),
        fetch("GET", "/%0a%7b%22event%22:%22forged%22%7d"),
        fetch("FORGED", "/"),
        navigation(
            "GET",
            "/oauth/callback?error=x%0a%1b[2K&error_description=%0a%7b%22event%22:%22forged%22%7d",
            Initiator::CrossSite,
        ),
    ] {
        browser.send(request, Initiator::SameOrigin).await;
    }
    let message = "busy\r\n{\"event\":\"forged\"}\u{1b}[31m\u{2028}";
    let order = json!({ "endpoint": "userinfo", "fault": "oauth_error_503", "message": message });
    program
        .sandbox
        .ask(reqwest::Method::POST, "faults", order)
        .await;
    browser.fetch("GET", "/api/user/info").await;
    assert_eq!(
        events(&program, "request").len(),
        before + 8,
        "one line a request"
    );
    assert!(events(&program, "forged").is_empty());
    let log = program.log();
    for broken in ['\u{1b}', '\u{2028}', '\r'] {
        assert!(!log.contains(broken), "{broken:?}");
    }
}

/// Covers: ASVS-2.4.1
#[tokio::test]
async fn a_request_without_a_session_is_never_more_than_a_few_lines() {
    const MOST: usize = 4;
    let program = BINARY.start().await;
    let browser = program.browser();
    let cookies = |one: &str| vec![one; 40].join("; ");
    let attempt = format!("login-{}=x", "a".repeat(22));
    let attempts = format!("{}; session=a; session=b", cookies(&attempt));
    let report =
        r#"{"type":"csp-violation","body":{"effectiveDirective":"img-src","blockedURL":""}}"#;
    for (what, request) in [
        (
            "an unknown session",
            fetch("GET", "/api/session").header("Cookie", "session=a"),
        ),
        (
            "many sessions",
            fetch("GET", "/api/session").header("Cookie", &cookies("session=a")),
        ),
        (
            "a callback of no attempt",
            navigation(
                "GET",
                "/oauth/callback?code=a&state=b",
                Initiator::CrossSite,
            )
            .header("Cookie", &attempts),
        ),
        (
            "a login to elsewhere",
            navigation(
                "GET",
                "/auth/oauth/start?return_to=//evil.test&return_to=//evil.test",
                Initiator::CrossSite,
            )
            .header("Cookie", &attempts),
        ),
        (
            "a login to elsewhere, once",
            navigation(
                "GET",
                "/auth/oauth/start?return_to=//evil.test",
                Initiator::CrossSite,
            )
            .header("Cookie", &attempts),
        ),
        (
            "a call from another site",
            Request::new("POST", "/auth/logout")
                .header("Origin", "https://evil.test")
                .header("Cookie", &attempts),
        ),
        (
            "many reports",
            Request::new("POST", "/csp-report")
                .header("Content-Type", "application/reports+json")
                .body(format!("[{}]", [report; 500].join(","))),
        ),
        (
            "a body that is none",
            fetch("POST", "/api/oauth/exchange-token").body("{".repeat(10_000)),
        ),
        ("a path that is none", fetch("GET", "/%00%ff/..%2f?%zz")),
        ("a method that is none", fetch("ZQ9MARK", "/")),
        (
            "an upstream that is none",
            fetch("GET", "/api/proxy/none/%2e%2e/x").header("Cookie", &attempts),
        ),
    ] {
        let answer = browser.send_bare(request).await;
        let id = answer.header("x-request-id").expect("an id").to_owned();
        let mine: Vec<Value> = lines(&program)
            .into_iter()
            .filter(|line| line["span"]["request_id"] == id.as_str())
            .filter(|line| line["level"] != "TRACE" && line["level"] != "DEBUG")
            .collect();
        assert!((1..=MOST).contains(&mine.len()), "{what}: {mine:#?}");
    }
}

/// Covers: ASVS-16.2.1
#[tokio::test]
async fn a_request_is_one_line_that_can_be_followed_to_the_provider() {
    let program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    let answer = browser.fetch("GET", "/api/user/info?code=secret").await;
    let id = answer.header("x-request-id").expect("an id").to_owned();
    program
        .wait_for(json!({ "endpoint": "userinfo", "request_id": id }))
        .await;
    let mine: Vec<Value> = events(&program, "request")
        .into_iter()
        .filter(|line| line["span"]["request_id"] == id.as_str())
        .collect();
    assert_eq!(mine.len(), 1);
    let line = &mine[0];
    let at = line["timestamp"].as_str().expect("a time");
    let parsed = time::OffsetDateTime::parse(at, &time::format_description::well_known::Rfc3339);
    assert!(at.ends_with('Z') && parsed.is_ok(), "{at}");
    let listed = program.run(&["sessions", "list"], "");
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let handle = line["span"]["session"].as_str().expect("a session");
    assert!(listed.contains(handle), "{handle}: {listed}");
    assert_eq!(line["span"]["client"], "127.0.0.1");
    assert_eq!(line["method"], "GET");
    assert_eq!(line["route"], "/api/user/info");
    assert_eq!(line["status"], 200);
    assert!(line["millis"].is_number());
    assert!(!line.to_string().contains("secret"), "{line}");
    let lines = lines(&program);
    assert!(
        lines
            .iter()
            .all(|line| line["timestamp"].is_string() && line["level"].is_string())
    );
}

/// Covers: ASVS-4.1.3, ASVS-16.2.1
#[tokio::test]
async fn the_client_address_comes_from_trusted_proxies_only() {
    let spoofed = [
        ("X-Forwarded-For", "203.0.113.9, 198.51.100.7, 10.0.0.2"),
        ("X-Real-IP", "203.0.113.10"),
        ("X_Forwarded_For", "203.0.113.11"),
        ("Forwarded", "for=203.0.113.12"),
        ("Client-IP", "203.0.113.13"),
        ("True-Client-IP", "203.0.113.14"),
    ];
    for (trusted, expected) in [
        ("127.0.0.1,10.0.0.0/8", "198.51.100.7"),
        ("127.0.0.1", "10.0.0.2"),
        ("", "127.0.0.1"),
    ] {
        let program = BINARY
            .start_with(&[("BFF_SERVER__TRUSTED_PROXIES", trusted)])
            .await;
        let mut request = fetch("GET", "/api/session");
        for (name, value) in spoofed {
            request = request.header(name, value);
        }
        let answer = program.browser().send_bare(request).await;
        let id = answer.header("x-request-id").expect("an id").to_owned();
        let mut mine = events(&program, "request");
        mine.retain(|line| line["span"]["request_id"] == id.as_str());
        assert_eq!(mine.len(), 1, "{trusted}");
        assert_eq!(mine[0]["span"]["client"], expected, "{trusted}");
        assert!(!program.log().contains("203.0.113."), "{trusted}");
    }
}

/// Covers: ASVS-13.4.5
#[tokio::test]
async fn the_health_answer_contains_nothing_but_the_state() {
    let program = BINARY.start().await;
    for path in ["/healthz", "/readyz"] {
        let answer = program.browser().fetch("GET", path).await;
        assert_eq!(answer.text(), "{\"status\":\"ok\"}", "{path}");
    }
    for path in [
        "/metrics",
        "/debug",
        "/debug/pprof/",
        "/swagger",
        "/openapi.json",
        "/sandbox",
    ] {
        let answer = program.browser().fetch("GET", path).await;
        answer.is_problem(404, "not_found");
    }
    let metrics = send(
        &program.addresses.admin,
        "localhost",
        &Request::new("GET", "/metrics"),
    )
    .await;
    assert_eq!(metrics.status, 200, "they are the operator's");
    for name in ["server", "x-powered-by", "via"] {
        assert_eq!(metrics.header(name), None);
    }
}
