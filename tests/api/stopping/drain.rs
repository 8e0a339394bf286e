//! A graceful shutdown of one program: which requests are still answered, which are refused, and when it ends.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::support::*;

/// Longer than any test may take: a test that waits for it fails.
const LONG: (&str, &str) = ("BFF_SERVER__SHUTDOWN_GRACE", "10m");
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// Of a user who calls now and then while time passes.
const BETWEEN_CALLS: Duration = Duration::from_millis(100);
const BEHIND_A_PROXY: (&str, &str) = ("BFF_SERVER__TRUSTED_PROXIES", "127.0.0.1");

#[tokio::test]
async fn while_it_drains_a_proxy_is_answered_once_more_on_each_kept_connection() {
    let mut program = BINARY.start_with(&[LONG, BEHIND_A_PROXY]).await;
    let mut used = OpenConnection::to(&program.addresses.public).await;
    let mut idle = OpenConnection::to(&program.addresses.public).await;
    let mut probe = OpenConnection::to(&program.addresses.admin).await;
    for connection in [&mut used, &mut idle, &mut probe] {
        let answer = connection.ask("/readyz", "").await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        assert!(!answer.contains("connection: close"), "{answer}");
    }

    program.signal("-TERM");
    // Refused, and not left waiting: the proxy is to ask another replica.
    while TcpStream::connect(&program.addresses.public).await.is_ok() {}
    let answer = probe.ask("/readyz", "").await;
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    assert!(answer.ends_with(r#"{"status":"stopping"}"#), "{answer}");
    let answer = used
        .ask("/api/session", "Sec-Fetch-Site: same-origin\r\n")
        .await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
    used.is_closed().await;
    drop(idle);
    assert_eq!(program.ended().await.code(), Some(0));
    assert!(program.events("stopped_early").is_empty());
}

#[tokio::test]
async fn an_idle_connection_of_a_client_does_not_delay_the_stop() {
    let mut program = BINARY.start_with(&[LONG]).await;
    let mut kept = OpenConnection::to(&program.addresses.public).await;
    kept.ask("/healthz", "").await;
    program.signal("-TERM");
    let told = Instant::now();
    kept.is_closed().await;
    assert_eq!(program.ended().await.code(), Some(0));
    // Half of what a proxy is given.
    assert!(
        told.elapsed() < Duration::from_secs(5),
        "{:?}",
        told.elapsed()
    );
}

/// A refresh has come to the provider and waits there.
fn held() -> Value {
    json!({ "endpoint": "token.refresh", "outcome": "held" })
}

/// The session goes on with the refresh token that it was given last.
async fn goes_on(fleet: &Fleet, replica: &mut Program, browser: &Browser) {
    replica.start_again(&[]).await;
    fleet.provider.expire_tokens("demo").await;
    let answer = browser.fetch("GET", "/api/user/info").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(fleet.provider.count("refreshes_granted").await, 2);
    assert_eq!(fleet.provider.count("reuses").await, 0);
}

#[tokio::test]
async fn a_call_that_is_under_way_is_answered_before_the_end() {
    let fleet = Fleet::at(BINARY, &Addresses::free()).await;
    let mut replica = fleet.replica(&[LONG]).await;
    let browser = replica.browser();
    browser.sign_in().await;
    fleet.provider.expire_tokens("demo").await;
    fleet.provider.break_always("token.refresh", "hang").await;
    let stopped = async {
        fleet.provider.wait_for(held()).await;
        replica.signal("-TERM");
        replica.logs("stopping", 1).await;
        fleet.provider.mend().await;
    };
    let (answer, ()) = tokio::join!(browser.fetch("GET", "/api/user/info"), stopped);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(replica.ended().await.code(), Some(0));
    goes_on(&fleet, &mut replica, &browser).await;
}

#[tokio::test]
async fn a_refresh_without_a_waiting_caller_is_stored_before_the_stop() {
    let fleet = Fleet::at(BINARY, &Addresses::free()).await;
    let mut replica = fleet.replica(&[LONG]).await;
    // Due when a fifth is left: after eight seconds, two before the end.
    fleet.provider.set(json!({ "token_lifetime": 10 })).await;
    let browser = replica.browser();
    browser.sign_in().await;
    fleet.provider.set(json!({ "token_lifetime": 7200 })).await;
    fleet.provider.break_always("token.refresh", "hang").await;
    let calls = async {
        loop {
            let answer = browser.fetch("GET", "/api/user/info").await;
            assert_eq!(answer.status, 200, "{}", answer.text());
            tokio::time::sleep(BETWEEN_CALLS).await;
        }
    };
    tokio::select! { () = fleet.provider.wait_for(held()) => {}, () = calls => {} }

    replica.signal("-TERM");
    // No request is served any more; only the refresh is left.
    while TcpStream::connect(&replica.addresses.admin).await.is_ok() {
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    fleet.provider.mend().await;
    assert_eq!(replica.ended().await.code(), Some(0));
    goes_on(&fleet, &mut replica, &browser).await;
}

/// A connection with a request under way whose body never comes.
async fn half_a_request(program: &Program) -> OpenConnection {
    let mut connection = OpenConnection::to(&program.addresses.public).await;
    connection
        .send(
            "POST /auth/logout HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\n\
             Expect: 100-continue\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: 10\r\n\r\n",
        )
        .await;
    let answer = connection.answer().await;
    assert!(answer.starts_with("HTTP/1.1 100"), "it was read: {answer}");
    connection
}

#[tokio::test]
async fn an_unfinished_request_is_cut_off_after_the_grace_time() {
    let mut program = BINARY
        .start_with(&[
            ("BFF_SERVER__SHUTDOWN_GRACE", "2s"),
            ("BFF_PROVIDER__REFRESH_TIMEOUT", "2s"),
            ("BFF_PROVIDER__TOTAL_TIMEOUT", "2s"),
            ("BFF_PROVIDER__CONNECT_TIMEOUT", "2s"),
        ])
        .await;
    let mut hanging = half_a_request(&program).await;
    program.signal("-TERM");
    program.logs("stopping", 1).await;
    let told = Instant::now();
    hanging.is_closed().await;
    assert_eq!(program.ended().await.code(), Some(0));
    let took = told.elapsed();
    // Twice the time: it shows that nothing else is waited for, and leaves room for a slow machine.
    assert!(took < Duration::from_secs(4), "{took:?}");
    assert_eq!(program.events("stopped_early").len(), 1);
}

#[tokio::test]
async fn a_second_signal_ends_it_at_once() {
    for second in ["-TERM", "-INT"] {
        let mut program = BINARY.start_with(&[LONG]).await;
        let mut hanging = half_a_request(&program).await;
        program.signal("-TERM");
        program.logs("stopping", 1).await;
        program.signal(second);
        hanging.is_closed().await;
        assert_eq!(program.ended().await.code(), Some(0), "{second}");
        assert_eq!(program.events("stopped_early").len(), 1);
    }
}
