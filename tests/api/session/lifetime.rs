//! The session endpoints, and how long a session lives.

use std::time::Duration;

use serde_json::json;

use crate::support::*;

/// Covers: BFF-6.1.2.1-1, ASVS-14.3.2
#[tokio::test]
async fn the_session_endpoint_names_the_user_and_nothing_more() {
    let program = BINARY.start().await;
    let browser = program.browser();
    let answer = browser.fetch("GET", "/api/session").await;
    assert_eq!(
        (answer.status, answer.json()),
        (200, json!({ "authenticated": false }))
    );
    assert!(answer.all("set-cookie").is_empty());
    assert_eq!(answer.header("cache-control"), Some("no-store"));

    browser.sign_in().await;
    program.forget_counts().await;
    let answer = browser.fetch("GET", "/api/session").await;
    let told = answer.json();
    assert_eq!(told["authenticated"], true);
    assert_eq!(told["user"], json!({ "username": "demo" }));
    assert!(
        told["expires_in"]
            .as_u64()
            .is_some_and(|n| (604_700..=604_800).contains(&n)),
        "{told}"
    );
    assert_eq!(
        told.as_object().map(serde_json::Map::len),
        Some(3),
        "{told}"
    );
    assert!(answer.all("set-cookie").is_empty());
    assert_eq!(
        program.count("userinfo_requests").await,
        0,
        "the provider is not asked"
    );
    let head = browser.fetch("HEAD", "/api/session").await;
    assert_eq!((head.status, head.body.len()), (200, 0));
}

/// Waits for a moment of the session's own clock, in seconds before its end.
async fn until_it_expires_in(browser: &Browser, seconds: u64) {
    loop {
        let told = browser.fetch("GET", "/api/session").await.json();
        if told["expires_in"]
            .as_u64()
            .is_none_or(|left| left <= seconds)
        {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Covers: ASVS-7.3.1
#[tokio::test]
async fn asking_for_the_session_does_not_keep_it_alive_and_using_it_does() {
    let program = BINARY.start_with(&[("BFF_SESSION__IDLE_TTL", "3s")]).await;
    let browser = program.browser();
    browser.sign_in().await;
    // Used at the last moment, twice: it slides.
    for _ in 0..2 {
        until_it_expires_in(&browser, 1).await;
        assert_eq!(browser.fetch("GET", "/api/user/info").await.status, 200);
    }
    // Asked about all the time, it ends all the same.
    loop {
        if !browser.is_signed_in().await {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    browser
        .fetch("GET", "/api/user/info")
        .await
        .is_problem(401, "session_expired")
        .tells_cause("idle_limit");
    browser
        .fetch("GET", "/api/user/info")
        .await
        .is_problem(401, "not_authenticated");
}

/// Covers: ASVS-7.3.2
#[tokio::test]
async fn the_absolute_limit_ends_a_session_however_much_it_is_used() {
    let program = BINARY
        .start_with(&[
            ("BFF_SESSION__IDLE_TTL", "3s"),
            ("BFF_SESSION__ABSOLUTE_TTL", "4s"),
        ])
        .await;
    let browser = program.browser();
    let answer = browser.sign_in().await;
    let cookie = answer.set_cookie("session")[0].to_owned();
    assert!(
        cookie.contains("Max-Age=4") || cookie.contains("Max-Age=3"),
        "{cookie}"
    );
    // A jar that forgets Max-Age: the server keeps the limit.
    let stubborn = browser.copy();
    stubborn.jar().put("session", Some(&browser.session()));
    let mut last = 200;
    let mut calls = 0;
    while last == 200 {
        let answer = stubborn.fetch("GET", "/api/user/info").await;
        last = answer.status;
        calls += 1;
        if last != 200 {
            answer
                .is_problem(401, "session_expired")
                .tells_cause("absolute_limit");
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(calls > 1);
    program
        .wait_for(json!({ "endpoint": "revoke", "reason": "revoked" }))
        .await;
}

/// Covers: ASVS-7.4.2
#[tokio::test]
async fn users_see_their_own_sessions_and_end_one() {
    let program = BINARY.start().await;
    let (here, there) = (program.browser(), program.browser());
    here.sign_in().await;
    there.sign_in().await;
    program.sign_in_as("ada").await;
    let other_user = program.browser();
    other_user.sign_in().await;

    let listed = here.fetch("GET", "/api/sessions").await.json();
    let sessions = listed["sessions"].as_array().unwrap().clone();
    assert_eq!(sessions.len(), 2, "{listed}");
    let current: Vec<&serde_json::Value> = sessions
        .iter()
        .filter(|one| one["current"] == true)
        .collect();
    assert_eq!(current.len(), 1);
    assert_eq!(sessions[0]["device"], "Firefox on Linux");
    let other = sessions.iter().find(|one| one["current"] == false).unwrap();
    let path = format!("/api/sessions/{}", other["id"].as_str().unwrap());

    // Another user cannot end it.
    other_user
        .fetch("DELETE", &path)
        .await
        .is_problem(404, "not_found");
    assert!(there.is_signed_in().await);
    assert_eq!(here.fetch("DELETE", &path).await.status, 204);
    there
        .fetch("GET", "/api/user/info")
        .await
        .is_problem(401, "not_authenticated");
    here.fetch("DELETE", &path)
        .await
        .is_problem(404, "not_found");

    // One's own goes with its cookie.
    let own = format!("/api/sessions/{}", current[0]["id"].as_str().unwrap());
    let answer = here.fetch("DELETE", &own).await;
    assert_eq!(answer.status, 204);
    assert!(answer.removes_session());
    here.fetch("GET", "/api/sessions")
        .await
        .is_problem(401, "not_authenticated");
    assert!(other_user.is_signed_in().await);
}
