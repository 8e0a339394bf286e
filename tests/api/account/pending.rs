//! The page at `/` while the provider has not answered: it is sent before that, with what is known, and goes on by itself.

use serde_json::{Value, json};

use crate::support::*;

/// The default, which the other tests replace by a longer time.
const WAIT: (&str, &str) = ("BFF_PROVIDER__PAGE_WAIT_MS", "250");

async fn program() -> Program {
    BINARY
        .start_with(&[&LONG_LIMITS[..], &[WAIT]].concat())
        .await
}

/// How many calls of the userinfo endpoint have arrived and wait for an answer.
async fn held(program: &Program) -> usize {
    let log = program
        .sandbox
        .ask(reqwest::Method::GET, "log?after=0", Value::Null);
    let log = log.await;
    let events = log["events"].as_array().into_iter().flatten();
    let is_held = |event: &&Value| event["endpoint"] == "userinfo" && event["outcome"] == "held";
    events.filter(is_held).count()
}

async fn shows(browser: &Browser, path: &str, state: &str) -> String {
    let answer = browser.open(path).await;
    assert_eq!(answer.status, 200, "{path}");
    let text = answer.text();
    assert!(
        text.contains(&format!("data-state=\"{state}\"")),
        "{path}: {text}"
    );
    text
}

/// Covers: ASVS-16.5.2
#[tokio::test]
async fn the_page_is_sent_before_the_provider_answers_and_shows_what_is_known() {
    let program = program().await;
    let browser = program.browser();
    browser.sign_in().await;
    assert_eq!(browser.fetch("GET", "/api/user/info").await.status, 200);
    program.break_always("userinfo", "hang").await;
    // The provider answers nothing until `mend`, so each of these is sent before its answer.
    let page = shows(&browser, "/?lang=en", "account_pending").await;
    for part in [
        "750.00",
        "demo",
        &english("pending-balance"),
        &english("known-just_now"),
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(page.contains("content=\"1;url=/?wait=1\""), "{page}");
}

#[tokio::test]
async fn without_scripts_the_page_loads_itself_again_and_then_says_that_the_provider_is_slow() {
    let program = program().await;
    let browser = program.browser();
    browser.sign_in().await;
    program.forget_counts().await;
    program.break_always("userinfo", "hang").await;
    shows(&browser, "/?lang=en", "account_pending").await;
    let page = shows(&browser, "/?wait=1", "account_pending").await;
    assert!(page.contains("content=\"3;url=/?wait=2\""), "{page}");
    shows(&browser, "/?wait=2", "account_pending").await;
    let page = shows(&browser, "/?wait=3", "account_unavailable").await;
    assert!(
        page.contains(&english("trouble-provider_timeout")),
        "{page}"
    );
    assert!(!page.contains("http-equiv"), "{page}");
    assert_eq!(held(&program).await, 1, "all of them wait for one call");
}

#[tokio::test]
async fn without_known_data_the_page_has_the_name_and_no_balance() {
    let program = program().await;
    let browser = program.browser();
    browser.sign_in().await;
    program.break_always("userinfo", "hang").await;
    let page = shows(&browser, "/?lang=en", "account_pending").await;
    assert!(page.contains("demo") && !page.contains("750.00"), "{page}");
    assert!(page.contains(&english("value-loading")), "{page}");
    let page = shows(&browser, "/?wait=3", "account_unavailable").await;
    assert!(page.contains("demo") && !page.contains("750.00"), "{page}");
}

#[tokio::test]
async fn the_call_continues_and_the_next_load_shows_its_result() {
    let program = program().await;
    let browser = program.browser();
    browser.sign_in().await;
    program.forget_counts().await;
    program.break_once("userinfo", "hang").await;
    shows(&browser, "/", "account_pending").await;
    program.mend().await;
    // From now on every new call hangs, so the result is that of the first one.
    program.break_always("userinfo", "hang").await;
    loop {
        let page = browser.open("/?wait=1&balance=updated").await.text();
        if page.contains("data-state=\"signed_in\"") {
            assert!(page.contains("750.00"), "{page}");
            break;
        }
    }
}

#[tokio::test]
async fn the_page_does_not_wait_for_a_refresh_of_the_token() {
    let program = program().await;
    let browser = program.browser();
    browser.sign_in().await;
    program.expire_tokens("demo").await;
    program.break_always("token.refresh", "hang").await;
    shows(&browser, "/", "account_pending").await;
    program
        .wait_for(json!({ "endpoint": "token.refresh", "outcome": "held" }))
        .await;
    shows(&browser, "/?wait=1", "account_pending").await;
    program.mend().await;
}

#[tokio::test]
async fn a_failure_that_comes_at_once_is_shown_at_once() {
    let patient = ("BFF_PROVIDER__PAGE_WAIT_MS", "60000");
    let program = BINARY.start_with(&[patient]).await;
    let browser = program.browser();
    browser.sign_in().await;
    program.break_always("userinfo", "html_502").await;
    let page = shows(&browser, "/?lang=en", "account_unavailable").await;
    assert!(
        page.contains(&english("trouble-provider_unavailable")),
        "{page}"
    );
}

#[tokio::test]
async fn a_page_that_a_script_loads_again_says_the_cause_that_the_script_has_learned() {
    let program = program().await;
    let browser = program.browser();
    browser.sign_in().await;
    program.break_always("userinfo", "hang").await;
    for (failed, words) in [
        ("provider_unavailable", "trouble-provider_unavailable"),
        ("provider_error", "trouble-provider_error"),
        ("forbidden", "trouble-forbidden"),
        ("canary", "trouble-provider_timeout"),
    ] {
        let path = format!("/?lang=en&wait=3&failed={failed}");
        let page = shows(&browser, &path, "account_unavailable").await;
        assert!(page.contains(&english(words)), "{failed}: {page}");
        assert!(!page.contains("canary"), "{page}");
    }
}
