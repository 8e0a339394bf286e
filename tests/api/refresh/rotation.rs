//! A refresh token is used once, whatever the load, the replicas and crashes.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;

use crate::support::provider::{beside_a_provider, browser};
use crate::support::*;

/// Longer than a lease lasts without renewal.
const LONGER_THAN_A_LEASE: Duration = Duration::from_secs(4);

/// Covers: RFC6749-6-2
#[tokio::test]
async fn of_many_expiries_under_load_no_refresh_token_is_used_twice() {
    let redis = RedisServer::start("").await;
    let store = format!("redis://127.0.0.1:{}", redis.port());
    let replicas = Replicas::start(BINARY, &store, &[]).await;
    let here = replicas.one.browser();
    here.sign_in().await;
    let there = replicas.moved(&here);
    let rounds = 30;
    for round in 0..rounds {
        replicas.one.expire_tokens("demo").await;
        // Some read the account, and some only touch the session or look at it.
        let calls = (0..12).map(|number| {
            let browser = if number % 2 == 0 { &here } else { &there };
            let path = ["/api/user/info", "/api/sessions", "/api/session"][number % 3];
            browser.fetch("GET", path)
        });
        for answer in join_all(calls).await {
            assert_eq!(answer.status, 200, "round {round}: {}", answer.text());
        }
    }
    assert_eq!(replicas.one.count("reuses").await, 0);
    assert_eq!(replicas.one.count("refreshes").await, rounds);
}

/// Covers: RFC9700-4.14.2-1
#[tokio::test]
async fn a_provider_slower_than_a_lease_is_asked_once_by_two_replicas() {
    let redis = RedisServer::start("").await;
    let store = format!("redis://127.0.0.1:{}", redis.port());
    let replicas = Replicas::start(BINARY, &store, &[]).await;
    let here = replicas.one.browser();
    here.sign_in().await;
    let there = replicas.moved(&here);
    replicas.one.expire_tokens("demo").await;
    replicas.one.break_once("token.refresh", "hang").await;
    let calls = join_all((0..40).map(|number| {
        let browser = if number % 2 == 0 { &here } else { &there };
        browser.fetch("GET", "/api/user/info")
    }));
    let mending = async {
        replicas
            .one
            .wait_for(json!({ "endpoint": "token.refresh", "outcome": "held" }))
            .await;
        // Only time shows whether a lease outlives the call.
        tokio::time::sleep(LONGER_THAN_A_LEASE).await;
        replicas.one.mend().await;
    };
    let (answers, ()) = tokio::join!(calls, mending);
    for answer in answers {
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    assert_eq!(replicas.one.count("refreshes").await, 1);
    assert_eq!(replicas.one.count("reuses").await, 0);
}

/// Covers: RFC6749-6-2
#[tokio::test]
async fn a_crash_while_the_provider_rotates_costs_one_login_and_no_loop() {
    let (_provider, mut program) = beside_a_provider(BINARY).await;
    let person = browser(&program);
    person.sign_in().await;
    program.expire_tokens("demo").await;
    program.break_once("token.refresh", "hang").await;
    // A caller of whom nothing is heard any more.
    let request = format!(
        "GET /api/user/info HTTP/1.1\r\nHost: app\r\nCookie: session={}\r\nConnection: close\r\n\r\n",
        person.session()
    );
    let address = person.address.clone();
    let asked = tokio::spawn(async move { exchange(&address, request.as_bytes()).await });
    program
        .wait_for(json!({ "endpoint": "token.refresh", "outcome": "held" }))
        .await;
    program.kill();
    drop(asked.await);
    // The provider rotates for a caller that is dead.
    program.mend().await;
    program.start_again(&[]).await;
    let first = person.fetch("GET", "/api/user/info").await;
    if first.status != 200 {
        first.is_problem(401, "session_expired");
        let spent = program.count("refreshes").await;
        for _ in 0..5 {
            person
                .fetch("GET", "/api/user/info")
                .await
                .is_problem(401, "not_authenticated");
        }
        assert_eq!(program.count("refreshes").await, spent, "no loop");
        assert!(program.count("reuses").await <= 1);
        person.sign_in().await;
    }
    assert_eq!(person.fetch("GET", "/api/user/info").await.status, 200);
}
