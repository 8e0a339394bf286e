//! What the scenarios have in common: the steps of a person, in the order of a login.

use reqwest::Method;
use serde_json::{Value, json};
use thirtyfour::WindowHandle;

use crate::kit::Browser;
use crate::program::Program;

/// The link of the one click.
pub const LOGIN: &str = "[data-login]";
/// The signed-in card.
pub const ACCOUNT: &str = "[data-account]";
pub const BALANCE: &str = "[data-field=balance_formatted]";
const SIGN_IN: &str = "form[action^='/sandbox/sign-in'] button.primary";

/// Answers the sandbox's sign-in page, which comes filled in with `demo`.
pub async fn sign_in_at_the_sandbox(browser: &Browser) {
    browser.click(SIGN_IN).await;
}

/// Sees the sandbox's sign-in page and leaves it as it is.
pub async fn see_sign_in(browser: &Browser) {
    browser.see(SIGN_IN).await;
}

/// Signs in from the page, in this window.
pub async fn sign_in(browser: &Browser, program: &Program) {
    // Too narrow for a pop-up: the link goes on in this window.
    browser.be_wide(390).await;
    browser.open(&program.url("/")).await;
    browser.click(LOGIN).await;
    sign_in_at_the_sandbox(browser).await;
    see_account(browser).await;
}

/// Sees the account of `demo` with its balance.
pub async fn see_account(browser: &Browser) {
    browser.see(ACCOUNT).await;
    browser.read("[data-field=username]", "demo").await;
    browser.see(BALANCE).await;
}

/// Gives `demo` this balance at the provider.
pub async fn set_balance(program: &Program, shown: &str) {
    let change = json!({ "balance_formatted": shown });
    program
        .sandbox
        .ask(Method::PATCH, "users/demo", change)
        .await;
}

/// Clicks what opens a window, and goes there. Returns the window that was left.
pub async fn click_into_new_window(browser: &Browser, css: &str) -> WindowHandle {
    let here = browser.driver.window().await.expect("a window is open");
    let known = browser
        .driver
        .windows()
        .await
        .expect("windows can be listed");
    browser.click(css).await;
    browser.go_to_window_beside(&known).await;
    here
}

/// What this origin's session endpoint says to the page.
pub async fn session(browser: &Browser) -> Value {
    let script = "const done = arguments[0]; fetch('/api/session').then(a => a.json()).then(done)";
    let answer = browser
        .driver
        .execute_async(script, Vec::new())
        .await
        .expect("the page can ask");
    answer.json().clone()
}
