//! Logout and revocation: at once, on every replica, whatever is in flight.

use serde_json::json;

use crate::support::provider::{beside_a_provider, browser};
use crate::support::*;

/// Covers: ASVS-7.4.1
#[tokio::test]
async fn an_ended_session_is_refused_by_the_other_replica_at_once() {
    let redis = RedisServer::start("").await;
    let store = format!("redis://127.0.0.1:{}", redis.port());
    let replicas = Replicas::start(BINARY, &store, &[]).await;
    for _ in 0..10 {
        let here = replicas.one.browser();
        here.sign_in().await;
        let there = replicas.moved(&here);
        assert_eq!(there.fetch("GET", "/api/user/info").await.status, 200);
        replicas.one.forget_counts().await;
        assert_eq!(here.fetch("POST", "/auth/logout").await.status, 204);
        there
            .fetch("GET", "/api/user/info")
            .await
            .is_problem(401, "not_authenticated");
        assert_eq!(replicas.one.count("userinfo_requests").await, 0);
        assert_eq!(replicas.one.count("token_requests").await, 0);
    }
    let listed = replicas.other.run(&["sessions", "list"], "");
    let lines = String::from_utf8_lossy(&listed.stdout).lines().count();
    assert_eq!(lines, 1, "only the heading");
}

/// Covers: ASVS-15.4.2
#[tokio::test]
async fn a_logout_at_one_replica_wins_over_work_at_the_other() {
    let redis = RedisServer::start("").await;
    let store = format!("redis://127.0.0.1:{}", redis.port());
    let revoking = [("BFF_OAUTH__REVOCATION_PATH", "/api/oauth2/revoke")];
    let replicas = Replicas::start(BINARY, &store, &revoking).await;
    for endpoint in ["userinfo", "token.refresh"] {
        let here = replicas.one.browser();
        here.sign_in().await;
        let there = replicas.moved(&here);
        if endpoint == "token.refresh" {
            replicas.one.expire_tokens("demo").await;
        }
        replicas.one.forget_counts().await;
        replicas.one.break_once(endpoint, "hang").await;
        let leaving = async {
            replicas
                .one
                .wait_for(json!({ "endpoint": endpoint, "outcome": "held" }))
                .await;
            assert_eq!(there.fetch("POST", "/auth/logout").await.status, 204);
            replicas.one.mend().await;
        };
        let (answer, ()) = tokio::join!(here.fetch("GET", "/api/user/info"), leaving);
        let given: Vec<_> = answer
            .set_cookie("session")
            .into_iter()
            .filter(|line| !line.contains("Max-Age=0"))
            .collect();
        assert!(given.is_empty(), "{endpoint}: {given:?}");
        assert!(!here.is_signed_in().await, "{endpoint}");
        let listed = replicas.one.run(&["sessions", "list"], "");
        let lines = String::from_utf8_lossy(&listed.stdout).lines().count();
        assert_eq!(lines, 1, "{endpoint}: only the heading");
    }
    // In the end the provider holds nothing of them any more.
    let grants = async || {
        let users = replicas
            .one
            .sandbox
            .ask(reqwest::Method::GET, "users", json!(null));
        users.await[0]["grants"].as_u64()
    };
    while grants().await != Some(0) {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}

/// Covers: RFC7009-2.2.1-1
#[tokio::test]
async fn a_failing_revocation_is_tried_three_times_and_delays_no_answer() {
    let (_provider, mut program) = beside_a_provider(BINARY).await;
    let person = browser(&program);
    person.sign_in().await;
    let copy = person.copy();
    program.break_always("revoke", "oauth_error_503").await;
    assert_eq!(person.fetch("POST", "/auth/logout").await.status, 204);
    copy.fetch("GET", "/api/user/info")
        .await
        .is_problem(401, "not_authenticated");
    // An orderly stop waits for what is still to be done.
    assert_eq!(program.stop().code(), Some(0));
    let log = program
        .sandbox
        .ask(reqwest::Method::GET, "log?after=0", json!(null))
        .await;
    let events = log["events"].as_array().expect("events");
    let tries = events.iter().filter(|event| event["endpoint"] == "revoke");
    assert_eq!(tries.count(), 3);
    assert_eq!(program.log().matches("revocation_failed").count(), 3);

    program.start_again(&[]).await;
    for fault in ["hang", "error_object_400", "html_502", "drop"] {
        program.mend().await;
        person.sign_in().await;
        let copy = person.copy();
        program.break_always("revoke", fault).await;
        let answer = person.fetch("POST", "/auth/logout").await;
        assert_eq!(answer.status, 204, "{fault}");
        assert!(!copy.is_signed_in().await, "{fault}");
    }
    program.mend().await;
}

/// Covers: 6265bis-5.7-1, RFC9700-4.11.1-1, ASVS-14.3.1
#[tokio::test]
async fn the_answer_clears_what_the_browser_kept_and_leads_where_we_say() {
    let program = BINARY.start().await;
    let browser = program.browser();
    for (path, is_form) in [
        ("/auth/logout", false),
        (
            "/auth/logout?return_to=//evil.test&post_logout_redirect_uri=https://evil.test/",
            false,
        ),
        (
            "/auth/logout?return_to=//evil.test&post_logout_redirect_uri=https://evil.test/",
            true,
        ),
    ] {
        browser.sign_in().await;
        let answer = if is_form {
            browser.submit(path, "return_to=https://evil.test/").await
        } else {
            browser.fetch("POST", path).await
        };
        // Not the cache: it has only files, which the next page needs again.
        assert_eq!(answer.header("clear-site-data"), Some("\"storage\""));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert!(answer.removes_session());
        assert!(browser.jar().get("session").is_none());
        let location = answer.header("location");
        assert_eq!(location, is_form.then_some("/?logout=success"));
        // What the back button shows is asked for anew.
        assert_eq!(browser.page_state().await, "signed_out");
    }
}

/// Covers: ASVS-7.4.4
#[tokio::test]
async fn every_page_of_a_signed_in_user_has_a_logout() {
    let program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    for fault in [
        None,
        Some("html_502"),
        Some("html_200"),
        Some("account_disabled_403"),
    ] {
        if let Some(fault) = fault {
            program.break_always("userinfo", fault).await;
        }
        let page = browser.open("/").await.text();
        let form = "<form method=\"post\" action=\"/auth/logout\">";
        assert!(page.contains(form), "{fault:?}: {page}");
        program.mend().await;
    }
}
