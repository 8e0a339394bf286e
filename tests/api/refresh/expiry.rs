//! One refresh for each expiry.

use futures_util::future::join_all;
use serde_json::json;
use tokio::io::AsyncWriteExt as _;

use crate::support::*;

/// Of a user who calls now and then while time passes.
const BETWEEN_CALLS: std::time::Duration = std::time::Duration::from_millis(100);

/// Covers: RFC9700-4.14.2-1
#[tokio::test]
async fn forty_calls_at_expiry_are_one_refresh_and_forty_answers() {
    let program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    for _ in 0..2 {
        program.set(json!({ "latency_ms": 100 })).await;
        program.expire_tokens("demo").await;
        program.forget_counts().await;
        let answers = join_all((0..40).map(|_| browser.fetch("GET", "/api/user/info"))).await;
        for answer in answers {
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
        assert_eq!(program.count("refreshes").await, 1);
        assert_eq!(program.count("reuses").await, 0);
        program.set(json!({ "latency_ms": 0 })).await;
    }
}

/// Covers: RFC6749-6-1
#[tokio::test]
async fn forty_calls_after_the_expiry_are_one_refresh() {
    let program = BINARY.start().await;
    // Longer than the login takes.
    program.set(json!({ "token_lifetime": 3 })).await;
    let browser = program.browser();
    browser.sign_in().await;
    program.set(json!({ "token_lifetime": 7200 })).await;
    program.forget_counts().await;
    let mut calls = 0;
    while program.count("refreshes").await == 0 {
        calls += 1;
        assert!(calls < 100, "it never refreshes");
        let answers = join_all((0..40).map(|_| browser.fetch("GET", "/api/user/info"))).await;
        assert!(answers.iter().all(|answer| answer.status == 200));
        tokio::time::sleep(BETWEEN_CALLS).await;
    }
    assert_eq!(program.count("refreshes").await, 1);
}

/// Covers: RFC6749-6-1
#[tokio::test]
async fn ahead_of_expiry_the_token_is_renewed_without_a_wait() {
    let program = BINARY.start().await;
    // Due when a fifth is left: after eight seconds, two before the end.
    program.set(json!({ "token_lifetime": 10 })).await;
    let browser = program.browser();
    browser.sign_in().await;
    program.set(json!({ "token_lifetime": 7200 })).await;
    program.break_always("token.refresh", "hang").await;
    let held = program.wait_for(json!({ "endpoint": "token.refresh", "outcome": "held" }));
    let calls = async {
        loop {
            // The provider sits on the refresh; who calls meanwhile gets an answer by the old token.
            assert_eq!(browser.fetch("GET", "/api/user/info").await.status, 200);
            tokio::time::sleep(BETWEEN_CALLS).await;
        }
    };
    tokio::select! { () = held => {}, () = calls => {} }
    assert_eq!(
        browser.fetch("GET", "/api/user/info").await.status,
        200,
        "no call waits for it"
    );
    program.mend().await;
    program
        .wait_for(json!({ "endpoint": "token.refresh", "outcome": "ok" }))
        .await;
    assert_eq!(program.count("refreshes").await, 1);
    assert_eq!(browser.fetch("GET", "/api/user/info").await.status, 200);
}

/// Covers: ASVS-16.5.2
#[tokio::test]
async fn a_refresh_that_fails_ahead_of_expiry_fails_no_request() {
    let program = BINARY.start().await;
    program.set(json!({ "token_lifetime": 10 })).await;
    let browser = program.browser();
    browser.sign_in().await;
    program.break_always("token.refresh", "html_502").await;
    let broken = program.wait_for(json!({ "endpoint": "token.refresh", "fault": "html_502" }));
    let calls = async {
        loop {
            assert_eq!(browser.fetch("GET", "/api/user/info").await.status, 200);
            tokio::time::sleep(BETWEEN_CALLS).await;
        }
    };
    tokio::select! { () = broken => {}, () = calls => {} }
    program.mend().await;
    assert_eq!(browser.fetch("GET", "/api/user/info").await.status, 200);
}

#[tokio::test]
async fn a_refresh_right_after_the_login_makes_no_call() {
    let program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    for path in ["/api/user/refresh", "/api/oauth/refresh-token"] {
        let answer = browser.fetch("POST", path).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.json()["refreshed"], false);
        assert!(
            answer.json()["expires_in"]
                .as_u64()
                .is_some_and(|n| n > 7000)
        );
    }
    assert_eq!(program.count("refreshes").await, 0);
}

#[tokio::test]
async fn a_caller_that_goes_away_in_the_middle_loses_nothing() {
    let program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    program.expire_tokens("demo").await;
    program.break_once("token.refresh", "hang").await;
    let cookie = format!("session={}", browser.session());
    let mut caller = tokio::net::TcpStream::connect(&browser.address)
        .await
        .unwrap();
    let request = format!(
        "GET /api/user/info HTTP/1.1\r\nHost: {}\r\nCookie: {cookie}\r\n\r\n",
        browser.address
    );
    caller.write_all(request.as_bytes()).await.unwrap();
    program
        .wait_for(json!({ "endpoint": "token.refresh", "outcome": "held" }))
        .await;
    drop(caller);
    program.mend().await;
    program
        .wait_for(json!({ "endpoint": "token.refresh", "outcome": "ok" }))
        .await;

    assert_eq!(browser.fetch("GET", "/api/user/info").await.status, 200);
    assert_eq!(program.count("refreshes").await, 1);
    assert_eq!(program.count("reuses").await, 0);
}

#[tokio::test]
async fn calls_that_wait_for_a_held_refresh_all_get_its_tokens() {
    let program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    program.expire_tokens("demo").await;
    program.break_once("token.refresh", "hang").await;
    let calls = join_all((0..10).map(|_| browser.fetch("GET", "/api/user/info")));
    let mending = async {
        program
            .wait_for(json!({ "endpoint": "token.refresh", "outcome": "held" }))
            .await;
        program.mend().await;
    };
    let (answers, ()) = tokio::join!(calls, mending);
    assert!(answers.iter().all(|answer| answer.status == 200));
    assert_eq!(program.count("refreshes").await, 1);
}

#[tokio::test]
async fn a_refresh_slower_than_every_callers_time_limit_is_not_lost() {
    let mut program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    // The login had more time. The refresh still has 20 seconds.
    program.stop();
    program
        .start_again(&[
            ("BFF_PROVIDER__TOTAL_TIMEOUT", "1s"),
            ("BFF_PROVIDER__CONNECT_TIMEOUT", "1s"),
        ])
        .await;
    program.expire_tokens("demo").await;
    program.break_once("token.refresh", "hang").await;
    for _ in 0..2 {
        let answer = browser.fetch("GET", "/api/user/info").await;
        answer.is_problem(504, "provider_timeout");
        assert!(answer.header("retry-after").is_some());
    }
    program.mend().await;
    // On a busy machine the refresh, or the call after it, can take longer than a second.
    let mut answer = browser.fetch("GET", "/api/user/info").await;
    while answer.status == 504 {
        answer = browser.fetch("GET", "/api/user/info").await;
    }
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(program.count("refreshes").await, 1);
    assert_eq!(program.count("reuses").await, 0);
}

#[tokio::test]
async fn the_aliases_answer_the_same() {
    let program = BINARY.start().await;
    let browser = program.browser();
    for (method, path) in [
        ("GET", "/api/oauth/userinfo"),
        ("POST", "/api/oauth/refresh-token"),
    ] {
        browser
            .fetch(method, path)
            .await
            .is_problem(401, "not_authenticated");
    }
    browser.sign_in().await;
    let one = browser.fetch("GET", "/api/user/info").await.json();
    assert_eq!(
        browser.fetch("GET", "/api/oauth/userinfo").await.json(),
        one
    );
}
