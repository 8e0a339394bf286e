//! `GET /api/session/events`: what a page is told of its session, by which replica, and when the stream ends.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::*;

const LONG_GRACE: (&str, &str) = ("BFF_SERVER__SHUTDOWN_GRACE", "10m");

/// A signed-in browser and its stream, of which the first event is read.
async fn signed_in(program: &Program) -> (Browser, EventStream) {
    let browser = program.browser();
    browser.sign_in().await;
    let stream = begun(&browser).await;
    (browser, stream)
}

async fn begun(browser: &Browser) -> EventStream {
    let mut stream = EventStream::open(browser).await;
    assert!(stream.head.starts_with("http/1.1 200 "), "{}", stream.head);
    let (event, data) = stream.event().await.expect("the first event");
    assert_eq!(event, "session");
    assert_eq!(data["authenticated"], true, "{data}");
    stream
}

/// The stream says that the session ended for this cause, and ends. The browser is not to come back.
async fn ends(mut stream: EventStream, browser: &Browser, cause: &str) {
    let ended = stream.event().await;
    let said = json!({ "authenticated": false, "cause": cause });
    assert_eq!(ended, Some(("session".to_owned(), said)));
    assert_eq!(
        stream.block().await,
        None,
        "the stream ends with the session"
    );
    let again = browser.fetch("GET", "/api/session/events").await;
    assert_eq!(again.status, 204);
}

/// Gives `demo` this balance at the provider.
async fn set_balance(program: &Program, balance: &str) {
    let change = json!({ "balance_formatted": balance });
    let sandbox = &program.sandbox;
    sandbox.ask(Method::PATCH, "users/demo", change).await;
}

#[tokio::test]
async fn a_browser_that_is_not_signed_in_gets_no_stream() {
    let program = BINARY.start().await;
    let answer = program.browser().fetch("GET", "/api/session/events").await;
    assert_eq!(answer.status, 204);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let answer = program.browser().fetch("POST", "/api/session/events").await;
    answer.is_problem(405, "method_not_allowed");
}

/// Covers: OWASP-CSRF-FM
#[tokio::test]
async fn a_page_of_another_site_gets_no_stream() {
    let program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    for site in ["cross-site", "same-site"] {
        let request = Request::new("GET", "/api/session/events").header("Sec-Fetch-Site", site);
        let answer = browser.send(request, Initiator::SameOrigin).await;
        answer.is_problem(403, "csrf_rejected");
    }
}

#[tokio::test]
async fn the_first_event_is_the_session_and_a_quiet_stream_sends_comments() {
    let program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    let mut stream = EventStream::open(&browser).await;
    for line in [
        "http/1.1 200 ok\r\n",
        "content-type: text/event-stream\r\n",
        "cache-control: no-store\r\n",
        "x-accel-buffering: no\r\n",
        "x-content-type-options: nosniff\r\n",
    ] {
        assert!(stream.head.contains(line), "{line}{}", stream.head);
    }
    assert!(!stream.head.contains("content-encoding"), "{}", stream.head);
    let retry = stream.block().await.expect("when to come back");
    let millis: u32 = retry
        .strip_prefix("retry: ")
        .and_then(|millis| millis.parse().ok())
        .expect("milliseconds");
    assert!((2_000..6_000).contains(&millis), "{millis}");
    let (event, data) = stream.event().await.expect("the session");
    let session = browser.fetch("GET", "/api/session").await.json();
    assert_eq!(event, "session");
    for member in ["authenticated", "user"] {
        assert_eq!(data[member], session[member]);
    }
    assert!(data["expires_in"].as_u64() >= session["expires_in"].as_u64());
    // Between reverse proxies a connection without a byte is cut.
    assert_eq!(stream.block().await.as_deref(), Some(":"));

    let is_stream = |line: &Value| line["route"] == "/api/session/events";
    let lines = program.events("request");
    assert_eq!(lines.iter().filter(|line| is_stream(line)).count(), 1);
}

#[tokio::test]
async fn the_end_of_a_session_is_sent_with_its_cause() {
    let program = BINARY
        .start_with(&[("BFF_SESSION__MAX_PER_USER", "3")])
        .await;
    let (browser, stream) = signed_in(&program).await;
    let tab = browser.copy();
    assert_eq!(tab.fetch("POST", "/auth/logout").await.status, 204);
    ends(stream, &browser, "logged_out").await;

    let (browser, stream) = signed_in(&program).await;
    let other = program.browser();
    other.sign_in().await;
    let list = other.fetch("GET", "/api/sessions").await.json();
    let list = list["sessions"].as_array().expect("a list").clone();
    let not_current = list.iter().find(|one| one["current"] == false);
    let id = not_current.expect("the session of the stream")["id"].clone();
    let path = format!("/api/sessions/{}", id.as_str().expect("a text"));
    assert_eq!(other.fetch("DELETE", &path).await.status, 204);
    ends(stream, &browser, "ended_elsewhere").await;

    let (browser, stream) = signed_in(&program).await;
    let everywhere = other.submit("/auth/logout", "everywhere=1").await;
    assert_eq!(everywhere.status, 303);
    ends(stream, &browser, "ended_elsewhere").await;

    let (browser, stream) = signed_in(&program).await;
    let revoke = program
        .sandbox
        .ask(Method::POST, "users/demo/revoke", json!({}));
    revoke.await;
    browser.copy().fetch("GET", "/api/user/info").await;
    ends(stream, &browser, "refresh_refused").await;

    let (browser, stream) = signed_in(&program).await;
    for _ in 0..3 {
        program.browser().sign_in().await;
    }
    ends(stream, &browser, "too_many_sessions").await;

    // Another login in the same browser. Its page then asks for the stream of the new session.
    let (browser, mut stream) = signed_in(&program).await;
    browser.sign_in().await;
    let (_, ended) = stream.event().await.expect("the end");
    assert_eq!(ended["authenticated"], false);
    begun(&browser).await;
}

/// Covers: ASVS-7.3.1
#[tokio::test]
async fn a_stream_is_no_use_of_the_session_and_ends_at_its_limit() {
    let limits = [
        ("BFF_SESSION__IDLE_TTL", "2s"),
        ("BFF_SESSION__ABSOLUTE_TTL", "1h"),
    ];
    let program = BINARY.start_with(&limits).await;
    let (browser, stream) = signed_in(&program).await;
    ends(stream, &browser, "idle_limit").await;
}

#[tokio::test]
async fn a_later_end_of_the_session_is_sent() {
    let limits = [("BFF_SESSION__IDLE_TTL", "6s")];
    let program = BINARY.start_with(&limits).await;
    let (browser, mut stream) = signed_in(&program).await;
    // Each use is written after a twentieth of the idle limit, so that the session lives on.
    let used = async {
        loop {
            browser.fetch("GET", "/api/sessions").await;
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
    };
    let told = tokio::select! { () = used => None, told = stream.event() => told };
    let (event, data) = told.expect("an event");
    assert_eq!(
        (event.as_str(), &data["authenticated"]),
        ("session", &json!(true))
    );
}

#[tokio::test]
async fn another_balance_is_sent_to_every_session_of_the_user_and_to_no_other() {
    let program = BINARY.start().await;
    program.sign_in_as("ada").await;
    let (ada, mut of_ada) = signed_in(&program).await;
    program.sign_in_as("demo").await;
    let (_, mut first) = signed_in(&program).await;
    let (browser, mut second) = signed_in(&program).await;
    let ask = async || {
        let answer = browser.fetch("GET", "/api/user/info").await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    };
    ask().await;
    set_balance(&program, "12.50").await;
    ask().await;
    let account = Some(("account".to_owned(), json!({})));
    assert_eq!(first.event().await, account);
    assert_eq!(second.event().await, account);
    // The same answer again is no news, so the next event is the end.
    ask().await;
    browser.fetch("POST", "/auth/logout").await;
    assert_eq!(second.event().await.expect("the end").0, "session");
    ada.fetch("POST", "/auth/logout").await;
    assert_eq!(of_ada.event().await.expect("the end").0, "session");
}

/// Covers: ASVS-7.4.1
#[tokio::test]
async fn a_replica_sends_the_changes_of_the_other_also_after_an_outage_of_redis() {
    let mut redis = RedisServer::start("appendonly yes\nappendfsync always").await;
    let store = format!("redis://127.0.0.1:{}", redis.port());
    let replicas = Replicas::start(BINARY, &store, &[]).await;
    let (browser, stream) = signed_in(&replicas.one).await;
    let there = replicas.moved(&browser);
    assert_eq!(there.fetch("POST", "/auth/logout").await.status, 204);
    ends(stream, &browser, "logged_out").await;

    // The operator's command is a process of its own.
    let (browser, stream) = signed_in(&replicas.one).await;
    let there = replicas.moved(&browser);
    let stream_there = begun(&there).await;
    let revoked = replicas.one.run(&["sessions", "revoke", "--all"], "");
    assert!(revoked.status.success(), "{revoked:?}");
    ends(stream, &browser, "revoked").await;
    ends(stream_there, &there, "revoked").await;

    let (browser, mut stream) = signed_in(&replicas.one).await;
    let there = replicas.moved(&browser);
    redis.kill();
    // A stream cannot begin, and one that is open stays open.
    there
        .fetch("GET", "/api/session/events")
        .await
        .is_problem(503, "store_unavailable");
    redis.restart().await;
    while there.fetch("GET", "/readyz").await.status != 200 {}
    set_balance(&replicas.one, "1.00").await;
    assert_eq!(there.fetch("GET", "/api/user/info").await.status, 200);
    assert_eq!(there.fetch("POST", "/auth/logout").await.status, 204);
    loop {
        let (event, data) = stream.event().await.expect("the end of the session");
        if event == "session" {
            assert_eq!(data["authenticated"], false, "{data}");
            break;
        }
    }
}

#[tokio::test]
async fn a_command_beside_a_program_with_sqlite_is_noticed() {
    let program = BINARY.start().await;
    let (browser, stream) = signed_in(&program).await;
    let revoked = program.run(&["sessions", "revoke", "--all"], "");
    assert!(revoked.status.success(), "{revoked:?}");
    ends(stream, &browser, "revoked").await;
}

#[tokio::test]
async fn a_graceful_shutdown_ends_the_streams_and_does_not_wait_for_them() {
    let mut program = BINARY
        .start_with(&[LONG_GRACE, ("BFF_SERVER__TRUSTED_PROXIES", "127.0.0.1")])
        .await;
    let (_, mut stream) = signed_in(&program).await;
    program.signal("-TERM");
    let last = stream.block().await.expect("when to come back");
    assert!(last.starts_with("retry: "), "{last}");
    assert_eq!(stream.block().await, None);
    assert_eq!(program.ended().await.code(), Some(0));
    assert!(program.events("stopped_early").is_empty());
}

#[tokio::test]
async fn one_session_has_at_most_eight_streams_and_their_number_is_a_metric() {
    let program = BINARY.start().await;
    let (browser, first) = signed_in(&program).await;
    let mut streams = vec![first];
    for _ in 0..7 {
        streams.push(begun(&browser).await);
    }
    let open = async || {
        let request = Request::new("GET", "/metrics");
        let answer = send(&program.addresses.admin, "localhost", &request).await;
        let text = answer.text();
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("bff_event_streams "));
        line.expect("the metric").to_owned()
    };
    assert_eq!(open().await, "8");
    let refused = browser.fetch("GET", "/api/session/events").await;
    refused.is_problem(429, "rate_limited");
    assert!(refused.header("retry-after").is_some());
    // Another browser of the user is not concerned.
    let (_, other) = signed_in(&program).await;
    drop((streams, other));
    while open().await != "0" {}
    begun(&browser).await;
}

#[tokio::test]
async fn streams_take_at_most_half_of_the_connections_and_one_user_half_of_the_streams() {
    let program = BINARY.start_with(&[("BFF_LIMITS__CONNECTIONS", "8")]).await;
    let mut streams = vec![signed_in(&program).await, signed_in(&program).await];
    let is_refused = async || {
        let browser = program.browser();
        browser.sign_in().await;
        let refused = browser.fetch("GET", "/api/session/events").await;
        refused.is_problem(429, "rate_limited");
        assert_eq!(browser.fetch("GET", "/api/session").await.status, 200);
    };
    is_refused().await;
    for user in ["ada", "grace"] {
        program.sign_in_as(user).await;
        streams.push(signed_in(&program).await);
    }
    program.sign_in_as("alan").await;
    is_refused().await;
}
