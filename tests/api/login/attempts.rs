//! Several attempts in one browser, attempts of other browsers, and the same answer more than once.

use std::collections::BTreeSet;

use futures_util::future::join_all;

use crate::support::*;

/// Covers: RFC9700-2.1.1-1
#[tokio::test]
async fn a_second_tab_does_not_break_the_first() {
    let program = BINARY.start().await;
    let browser = program.browser();
    let first = browser.come_back("?return_to=/first").await;
    let second = browser.come_back("?return_to=/second").await;
    assert_eq!(
        browser.arrive(&second).await.location(),
        "/second?login=success"
    );
    assert_eq!(
        browser.arrive(&first).await.location(),
        "/first?login=success"
    );
    assert!(browser.is_signed_in().await);
}

/// Covers: RFC9700-2.1.1-1
#[tokio::test]
async fn five_tabs_started_at_the_same_instant_all_finish_in_reverse_order() {
    let program = BINARY.start().await;
    let browser = program.browser();
    let mut callbacks = join_all((0..5).map(|_| browser.come_back(""))).await;
    callbacks.reverse();
    for callback in &callbacks {
        assert_eq!(browser.arrive(callback).await.location(), "/?login=success");
    }
    assert_eq!(program.count("code_exchanges").await, 5);
}

/// Covers: RFC9700-2.1.1-1
#[tokio::test]
async fn ten_tabs_finish_at_once() {
    let program = BINARY.start().await;
    let browser = program.browser();
    // Started on copies, so that no attempt is the oldest of too many; then all in one jar.
    let starts = (0..10).map(|_| async {
        let tab = browser.copy();
        let callback = tab.come_back("").await;
        let name = tab.jar().attempts().remove(0);
        let value = tab.jar().get(&name);
        browser.jar().put(&name, value.as_deref());
        callback
    });
    let callbacks = join_all(starts).await;
    let answers = join_all(callbacks.iter().map(|callback| browser.arrive(callback))).await;
    let sessions: BTreeSet<String> = answers
        .iter()
        .map(|answer| {
            assert_eq!(answer.location(), "/?login=success");
            answer.set_cookie("session")[0].to_owned()
        })
        .collect();
    assert_eq!(sessions.len(), 10, "each login has a session of its own");
    assert!(browser.is_signed_in().await);
}

/// Covers: 6265bis-6.1-1
#[tokio::test]
async fn of_more_than_five_attempts_the_oldest_goes_and_the_cookies_stay_small() {
    let program = BINARY.start().await;
    let browser = program.browser();
    let long = format!("?return_to=/{}", "a".repeat(1000));
    let oldest = browser.come_back(&long).await;
    let mut latest = oldest.clone();
    for _ in 0..7 {
        latest = browser.come_back(&long).await;
        assert!(browser.jar().attempts().len() <= 5);
    }
    assert_eq!(browser.jar().attempts().len(), 5);
    let ordinary = program.browser();
    for _ in 0..5 {
        ordinary.start("").await;
    }
    let cookies = ordinary
        .jar()
        .header(Initiator::Typed, true)
        .unwrap_or_default();
    assert!(cookies.len() < 4096, "{} bytes", cookies.len());
    for cookie in browser
        .jar()
        .header(Initiator::Typed, true)
        .unwrap_or_default()
        .split("; ")
    {
        assert!(
            cookie.len() < 4096,
            "a browser would drop it: {} bytes",
            cookie.len()
        );
    }

    let answer = browser.arrive(&oldest).await;
    assert_eq!(answer.location(), "/?error=invalid_state");
    assert_eq!(browser.arrive(&latest).await.status, 303);
    assert!(browser.is_signed_in().await);
}

/// Covers: 6265bis-6.1-1
#[tokio::test]
async fn invalid_attempts_do_not_displace_valid_ones() {
    let program = BINARY.start().await;
    let browser = program.browser();
    let real = browser.come_back("").await;
    for number in 0..30 {
        browser
            .jar()
            .put(&format!("login-{number:022}"), Some("junk"));
    }
    browser.start("").await;
    let left = browser
        .jar()
        .attempts()
        .iter()
        .filter(|name| name.starts_with("login-000"))
        .count();
    assert!(left < 30, "what does not open is taken away");
    browser.start("").await;
    assert_eq!(browser.arrive(&real).await.location(), "/?login=success");
}

/// Covers: RFC6749-10.8-1, RFC9700-2.1-1
#[tokio::test]
async fn a_state_that_is_not_this_browsers_is_refused_and_nothing_is_spent() {
    let program = BINARY.start().await;
    let (victim, thief) = (program.browser(), program.browser());
    let victims = victim.come_back("").await;
    let thiefs = thief.come_back("").await;
    let state = parameter(&victims, "state").unwrap();

    let edited: String = state.chars().rev().collect();
    let tries = [
        (
            "another browser's",
            with_parameter(&victims, "state", parameter(&thiefs, "state").as_deref()),
        ),
        ("edited", with_parameter(&victims, "state", Some(&edited))),
        (
            "cut off",
            with_parameter(&victims, "state", Some(&state[..20])),
        ),
        (
            "lengthened",
            with_parameter(&victims, "state", Some(&format!("{state}A"))),
        ),
        (
            "with a blank",
            with_parameter(&victims, "state", Some(&format!("{state} "))),
        ),
        (
            "in capitals",
            with_parameter(&victims, "state", Some(&state.to_uppercase())),
        ),
        ("the whole of another login", thiefs.clone()),
    ];
    for (what, callback) in tries {
        let answer = victim.arrive(&callback).await;
        assert_eq!(answer.location(), "/?error=invalid_state", "{what}");
        assert!(answer.set_cookie("session").is_empty(), "{what}");
        assert_eq!(victim.jar().attempts().len(), 1, "{what}");
    }
    assert_eq!(program.count("token_requests").await, 0);
    assert_eq!(victim.arrive(&victims).await.location(), "/?login=success");
}

/// Covers: 6265bis-6.1-1, RFC9700-2.1-1
#[tokio::test]
async fn a_callback_without_the_attempts_cookie_is_refused() {
    let program = BINARY.start().await;
    let browser = program.browser();
    let callback = browser.come_back("").await;
    let other_browser = program.browser();
    assert_eq!(
        other_browser.arrive(&callback).await.location(),
        "/?error=invalid_state"
    );
    assert_eq!(program.count("token_requests").await, 0);
    assert_eq!(
        browser.arrive(&callback).await.location(),
        "/?login=success"
    );
}

/// Covers: BFF-6.1.3.2-7
#[tokio::test]
async fn a_cookie_of_an_attempt_that_was_changed_is_worth_nothing() {
    let program = BINARY.start().await;
    let browser = program.browser();
    let callback = browser.come_back("").await;
    let name = browser.jar().attempts().remove(0);
    let sealed = browser.jar().any_attempt();
    let last = if sealed.ends_with('A') { "B" } else { "A" };
    let other = program.browser();
    other.start("").await;
    let others = other.jar().any_attempt();
    for broken in [
        "",
        &sealed[..sealed.len() - 1],
        &format!("{}{last}", &sealed[..sealed.len() - 1]),
        &format!("B{}", &sealed[1..]),
        &others,
        &"A".repeat(8000),
    ] {
        browser.jar().put(&name, Some(broken));
        assert_eq!(
            browser.arrive(&callback).await.location(),
            "/?error=invalid_state",
            "{broken:.40}"
        );
    }
    browser.jar().put(&name, Some(&sealed));
    assert_eq!(
        browser.arrive(&callback).await.location(),
        "/?login=success"
    );
}

/// Covers: RFC9700-2.1.1-1, RFC9700-2.1.1-2
#[tokio::test]
async fn the_code_of_one_attempt_with_the_state_of_another_is_refused_by_pkce() {
    let program = BINARY.start().await;
    let browser = program.browser();
    let first = browser.come_back("").await;
    let second = browser.come_back("").await;
    let mixed = with_parameter(&second, "code", parameter(&first, "code").as_deref());
    assert_eq!(
        browser.arrive(&mixed).await.location(),
        "/?error=authorization_failed"
    );
    assert!(!browser.is_signed_in().await);
    program
        .wait_for(serde_json::json!({ "endpoint": "token.code", "reason": "verifier_mismatch" }))
        .await;
}

/// Covers: RFC9700-4.2.4-1
#[tokio::test]
async fn an_answer_that_comes_again_later_is_spent() {
    let program = BINARY.start().await;
    let browser = program.browser();
    let callback = browser.come_back("").await;
    let before = browser.copy();
    assert_eq!(
        browser.arrive(&callback).await.location(),
        "/?login=success"
    );
    // The back button, and a jar in which the attempt's cookie survived.
    for again in [&browser, &before] {
        let answer = again.arrive(&callback).await;
        assert_eq!(answer.location(), "/?error=invalid_state");
        assert!(answer.set_cookie("session").is_empty());
    }
    assert!(browser.is_signed_in().await);
    assert_eq!(program.count("token_requests").await, 1);
}

/// Covers: RFC6749-4.1.2-2
#[tokio::test]
async fn the_same_answer_twenty_times_at_once_is_one_login() {
    let program = BINARY.start().await;
    program.set(serde_json::json!({ "latency_ms": 50 })).await;
    let browser = program.browser();
    let callback = browser.come_back("").await;
    let copies: Vec<Browser> = (0..20).map(|_| browser.copy()).collect();
    let answers = join_all(copies.iter().map(|copy| copy.arrive(&callback))).await;
    assert_eq!(program.count("token_requests").await, 1);
    let mut sessions = BTreeSet::new();
    for answer in &answers {
        match answer.location() {
            "/?login=success" => {
                let cookie = answer.set_cookie("session")[0];
                sessions.insert(cookie.split(';').next().unwrap_or_default().to_owned());
            }
            "/?error=invalid_state" => assert!(answer.set_cookie("session").is_empty()),
            other => panic!("{other}"),
        }
    }
    assert_eq!(sessions.len(), 1, "all of them are the same session");
}

#[tokio::test]
async fn an_attempt_that_a_signed_in_user_abandoned_leaves_the_session_unchanged() {
    let program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    let before = browser.session();
    browser.start("").await;
    assert_eq!(browser.session(), before);
    assert!(browser.is_signed_in().await);
}

/// Covers: ASVS-7.2.4
#[tokio::test]
async fn signing_in_again_replaces_the_session() {
    let program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    let old = browser.copy();
    program.sign_in_as("ada").await;
    browser.sign_in().await;

    assert_ne!(old.session(), browser.session());
    old.fetch("GET", "/api/user/info")
        .await
        .is_problem(401, "not_authenticated");
    let session = browser.fetch("GET", "/api/session").await.json();
    assert_eq!(session["user"]["username"], "ada");
    program
        .wait_for(serde_json::json!({ "endpoint": "revoke", "reason": "revoked", "user": "demo" }))
        .await;
}

/// Covers: ASVS-7.2.4, OWASP-SESS-strict
#[tokio::test]
async fn a_planted_session_cookie_is_not_taken_over() {
    let program = BINARY.start().await;
    let (attacker, victim) = (program.browser(), program.browser());
    attacker.sign_in().await;
    victim.jar().put("session", Some(&attacker.session()));
    program.sign_in_as("ada").await;
    victim.sign_in().await;
    assert_ne!(victim.session(), attacker.session());
    attacker
        .fetch("GET", "/api/user/info")
        .await
        .is_problem(401, "not_authenticated");
}
