//! What a signed-in person does: refresh the balance, sign out; and what a disabled account looks like.

use reqwest::Method;
use serde_json::json;

use crate::kit::Browser;
use crate::program::Program;
use crate::steps::*;

#[tokio::test]
async fn refreshing_shows_the_new_balance() {
    let program = Program::start().await;
    let browser = Browser::start().await;
    sign_in(&browser, &program).await;
    set_balance(&program, "98.76").await;
    browser.click("[data-refresh] button").await;
    browser.read(BALANCE, "98.76").await;
    browser.read("[data-balance-status]", "餘額已更新").await;
    let says_when =
        "return /\\d:\\d\\d/.test(document.querySelector('[data-balance-status]').textContent)";
    assert_eq!(browser.ask(says_when).await, json!(true));

    browser.run_scripts(false).await;
    browser.open(&program.url("/")).await;
    browser.read(BALANCE, "98.76").await;
    set_balance(&program, "-1.50").await;
    browser.click("[data-refresh] button").await;
    browser.read(BALANCE, "-1.50").await;
    browser.read("[data-balance-status]", "餘額已更新").await;
    browser.read("[data-negative-note]", "餘額為負數").await;
    // For axe, which is a script.
    browser.run_scripts(true).await;
    browser.photograph_all("negative-balance").await;
    browser.finish().await;
}

#[tokio::test]
async fn a_token_that_the_provider_refuses_ends_no_session() {
    let program = Program::start().await;
    let browser = Browser::start().await;
    sign_in(&browser, &program).await;
    let fault = json!({ "endpoint": "userinfo", "fault": "invalid_token", "times": null });
    program.sandbox.ask(Method::POST, "faults", fault).await;
    browser.click("[data-refresh] button").await;
    browser.read(".card .notice-bad", "您不需要重新登入").await;
    assert_eq!(session(&browser).await["authenticated"], json!(true));
    see_account(&browser).await;
    // The browser itself notes every answer that is an error.
    browser.complaints().await;
    browser.finish().await;
}

/// Covers: ASVS-14.3.1, ASVS-3.4.5
#[tokio::test]
async fn signing_out_ends_the_session() {
    let program = Program::start().await;
    let browser = Browser::start().await;
    sign_in(&browser, &program).await;
    assert_eq!(session(&browser).await["authenticated"], json!(true));
    browser.click("form[action='/auth/logout'] button").await;
    browser.see(LOGIN).await;
    browser.read(".notice", "您已登出").await;
    // `Clear-Site-Data` leaves the files in the cache of the browser.
    let loaded = "return performance.getEntriesByType('resource').filter(({ name }) => /[.](css|js)$/.test(name)) \
        .map(({ transferSize }) => transferSize)";
    assert_eq!(browser.ask(loaded).await, json!([0, 0]));
    assert_eq!(session(&browser).await, json!({ "authenticated": false }));
    browser.finish().await;
}

#[tokio::test]
async fn a_disabled_account_is_shown_as_such() {
    let program = Program::start().await;
    let browser = Browser::start().await;
    sign_in(&browser, &program).await;
    program
        .sandbox
        .ask(Method::PATCH, "users/demo", json!({ "status": 2 }))
        .await;
    browser.open(&program.url("/")).await;
    browser.read("[data-account] h1", "這個帳戶已被停用").await;
    browser.photograph_all("account-disabled").await;
    browser.finish().await;
}
