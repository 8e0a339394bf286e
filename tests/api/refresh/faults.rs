//! Every fault of the token endpoint during a refresh: only a definite refusal ends the session.

use serde_json::json;

use crate::account::table::{FAULTS, Outcome};
use crate::support::*;

/// Covers: ASVS-16.5.2
#[tokio::test]
async fn only_a_definite_refusal_of_the_refresh_token_ends_the_session() {
    let mut program = BINARY.start_with(&LONG_LIMITS).await;
    let browser = program.browser();
    for (fault, _, outcome) in FAULTS {
        if browser.jar().get("session").is_none() {
            browser.sign_in().await;
        }
        let is_timeout = *outcome == Outcome::Timeout;
        if is_timeout {
            program.stop();
            program.start_again(&SHORT_LIMITS).await;
        }
        program.expire_tokens("demo").await;
        let order =
            json!({ "endpoint": "token.refresh", "fault": fault, "times": null, "ms": 200 });
        program
            .sandbox
            .ask(reqwest::Method::POST, "faults", order)
            .await;
        program.forget_counts().await;
        outcome.is_answered_by(&browser.fetch("GET", "/api/user/info").await, fault);
        assert_eq!(
            program.count("refreshes").await,
            1,
            "{fault}: a refresh token is sent once"
        );
        assert_eq!(program.count("credentials_leaked").await, 0, "{fault}");

        let is_over = *outcome == Outcome::GrantRefused;
        assert_eq!(browser.is_signed_in().await, !is_over, "{fault}");
        assert_eq!(browser.jar().get("session").is_none(), is_over, "{fault}");
        if is_timeout {
            // The program ends after the refresh has failed, so the next request does not join that refresh.
            program.stop();
            program.start_again(&LONG_LIMITS).await;
            program.sign_in_as("demo").await;
        }
        program.mend().await;
        let after = browser.fetch("GET", "/api/user/info").await;
        if is_over {
            after.is_problem(401, "not_authenticated");
        } else if *fault == "drop_after" {
            // The provider has rotated and its answer is lost: the old token is spent, and no replica can know it before.
            after.is_problem(401, "session_expired");
        } else {
            assert_eq!(after.status, 200, "{fault}: {}", after.text());
        }
    }
}

#[tokio::test]
async fn the_page_says_why_when_a_refresh_fails() {
    let program = BINARY.start().await;
    let browser = program.browser();
    for fault in [
        "html_502",
        "html_200",
        "account_disabled_403",
        "oauth_error_400",
    ] {
        let outcome = FAULTS
            .iter()
            .find(|(name, ..)| *name == fault)
            .map(|row| row.2)
            .unwrap();
        browser.sign_in().await;
        program.expire_tokens("demo").await;
        program.break_always("token.refresh", fault).await;
        outcome.is_shown_to(&browser, fault).await;
        program.mend().await;
    }
    assert!(
        browser.jar().get("session").is_none(),
        "the last one ended it"
    );
}

/// Covers: BFF-6.1.2.2-2
#[tokio::test]
async fn the_cause_of_an_ended_session_is_given_once() {
    let program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    let other_tab = browser.copy();
    program
        .sandbox
        .ask(reqwest::Method::POST, "users/demo/revoke", json!({}))
        .await;
    browser
        .fetch("GET", "/api/user/info")
        .await
        .is_problem(401, "session_expired")
        .tells_cause("refresh_refused");
    browser
        .fetch("GET", "/api/user/info")
        .await
        .is_problem(401, "not_authenticated");
    // Another tab with the same cookie learns the cause too, and loses the cookie.
    let answer = other_tab.fetch("GET", "/api/user/info").await;
    answer
        .is_problem(401, "session_expired")
        .tells_cause("refresh_refused");
    assert!(!other_tab.is_signed_in().await);
    assert_eq!(
        program.count("refreshes").await,
        1,
        "a dead token is not tried again"
    );
}
