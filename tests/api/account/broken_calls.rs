//! Every fault of userinfo: the session survives all of them.

use serde_json::json;

use super::table::{FAULTS, Outcome};
use crate::support::*;

pub const QUICK: &[(&str, &str)] = &[
    ("BFF_PROVIDER__TOTAL_TIMEOUT", "2s"),
    ("BFF_PROVIDER__CONNECT_TIMEOUT", "2s"),
];

pub async fn order(program: &Program, endpoint: &str, fault: &str) {
    let order = json!({ "endpoint": endpoint, "fault": fault, "times": null, "ms": 200 });
    program
        .sandbox
        .ask(reqwest::Method::POST, "faults", order)
        .await;
}

/// Covers: ASVS-15.3.2, RFC6750-3.1-1, ASVS-16.5.1
#[tokio::test]
async fn every_answer_of_userinfo_has_its_error_code_and_text_and_ends_no_session() {
    let program = BINARY.start_with(QUICK).await;
    let browser = program.browser();
    browser.sign_in().await;
    let cookie = browser.session();
    for (fault, outcome, _) in FAULTS {
        order(&program, "userinfo", fault).await;
        program.forget_counts().await;
        outcome.is_answered_by(&browser.fetch("GET", "/api/user/info").await, fault);
        let (calls, refreshes) = (
            program.count("userinfo_requests").await,
            program.count("refreshes").await,
        );
        match outcome {
            Outcome::TokenRefused => assert_eq!(
                (calls, refreshes),
                (2, 1),
                "{fault}: one refresh, one repetition"
            ),
            // A connection that breaks before the answer may be tried once more: nothing was said yet.
            Outcome::Unavailable if fault.starts_with("drop") => {
                assert!(calls <= 2 && refreshes == 0, "{fault}");
            }
            _ => assert_eq!((calls, refreshes), (1, 0), "{fault}"),
        }
        outcome.is_shown_to(&browser, fault).await;
        assert!(browser.is_signed_in().await, "{fault}");
        assert_eq!(program.count("credentials_leaked").await, 0, "{fault}");
        program.mend().await;
        let after = browser.fetch("GET", "/api/user/info").await;
        assert_eq!(after.status, 200, "{fault}: {}", after.text());
        assert_eq!(browser.session(), cookie, "{fault}");
    }
}

#[tokio::test]
async fn while_the_provider_is_away_the_page_shows_what_it_last_heard_and_since_when() {
    let program = BINARY.start_with(QUICK).await;
    let browser = program.browser();
    browser.sign_in().await;
    let shown = |page: &Answer| {
        let text = page.text();
        (
            text.contains("750.00"),
            text.contains(&english("known-just_now")),
        )
    };
    order(&program, "userinfo", "html_502").await;
    assert_eq!(
        shown(&browser.open("/").await),
        (false, false),
        "nothing was heard yet"
    );
    program.mend().await;
    assert_eq!(shown(&browser.open("/").await), (true, false), "it is new");
    order(&program, "userinfo", "html_502").await;
    assert_eq!(shown(&browser.open("/").await), (true, true));
    // Another user's session knows nothing of it, and neither does a disabled account's page.
    program.mend().await;
    program.sign_in_as("ada").await;
    let other_user = program.browser();
    other_user.sign_in().await;
    order(&program, "userinfo", "html_502").await;
    assert_eq!(shown(&other_user.open("/").await), (false, false));
    program.mend().await;
    order(&program, "userinfo", "error_object_403").await;
    assert_eq!(shown(&browser.open("/").await), (false, false));
}

/// Covers: RFC6750-3.1-1
#[tokio::test]
async fn a_token_refused_once_is_renewed_without_an_error() {
    a_refused_token_is_renewed("userinfo", "/api/user/info").await;
}

/// Fails unless this route succeeds although the provider's endpoint refuses the token once, in each way that there is.
pub async fn a_refused_token_is_renewed(endpoint: &str, path: &str) {
    let program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    for (fault, outcome, _) in FAULTS {
        if *outcome != Outcome::TokenRefused {
            continue;
        }
        program.forget_counts().await;
        program.break_once(endpoint, fault).await;
        let answer = browser.fetch("GET", path).await;
        assert_eq!(answer.status, 200, "{fault}: {}", answer.text());
        assert_eq!(program.count("refreshes_granted").await, 1, "{fault}");
    }
}
