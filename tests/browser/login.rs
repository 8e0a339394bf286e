//! One click to the account, in every way that a browser allows.

use reqwest::Method;
use serde_json::json;

use crate::kit::Browser;
use crate::pictures::artefacts;
use crate::program::{Addresses, Program};
use crate::steps::*;

/// Covers: FETCHMD-4.1, ASVS-3.4.3, CSP3-6.4.1-1
#[tokio::test]
async fn one_click_leads_to_the_balance() {
    let program = Program::start().await;
    let browser = Browser::start().await;
    browser.be_wide(390).await;
    browser.open(&program.url("/")).await;
    browser.see(LOGIN).await;
    browser.photograph_all("signed-out").await;

    sign_in(&browser, &program).await;
    browser.read(".notice-good", "登入成功").await;
    let address = browser
        .driver
        .current_url()
        .await
        .expect("a window has an address");
    assert_eq!(
        address.query(),
        None,
        "what was said once is not said again"
    );
    browser.photograph_all("signed-in").await;
    browser.finish().await;
}

#[tokio::test]
async fn a_provider_on_the_same_site_works_as_well() {
    let program = Program::start_at(&Addresses::free(), &[]).await;
    let program = program.expect("the addresses are free");
    let browser = Browser::start().await;
    sign_in(&browser, &program).await;
    browser.finish().await;
}

/// Covers: BFF-6.1.1-H
#[tokio::test]
async fn a_link_from_another_site_finds_the_user_signed_in_without_scripts() {
    let program = Program::start().await;
    let browser = Browser::start().await;
    browser.run_scripts(false).await;
    sign_in(&browser, &program).await;
    let link = format!(
        "data:text/html,<a id=link href='{}'>x</a>",
        program.url("/")
    );
    browser.open(&link).await;
    browser.click("#link").await;
    see_account(&browser).await;
    browser.finish().await;
}

#[tokio::test]
async fn a_login_from_a_link_elsewhere_ends_the_session_that_the_browser_held() {
    let program = Program::start().await;
    let browser = Browser::start().await;
    sign_in(&browser, &program).await;
    let link = format!(
        "data:text/html,<a id=link href='{}'>x</a>",
        program.url("/auth/oauth/start")
    );
    browser.open(&link).await;
    browser.click("#link").await;
    see_account(&browser).await;
    let script = "return fetch('/api/sessions').then(answer => answer.json())";
    let answer = browser.driver.execute(script, Vec::new()).await;
    let answer = answer.expect("the page can ask").json().clone();
    let sessions = answer["sessions"].as_array().expect("a list");
    assert_eq!(sessions.len(), 1, "{answer}");
    browser.finish().await;
}

#[tokio::test]
async fn bookmarks_of_a_failed_login_show_a_signed_in_user_no_failure() {
    let program = Program::start().await;
    let browser = Browser::start().await;
    sign_in(&browser, &program).await;
    browser.open(&program.url("/oauth/callback")).await;
    see_account(&browser).await;
    browser.open(&program.url("/?error=access_denied")).await;
    browser.read(".notice-good", "您仍處於登入狀態").await;
    see_account(&browser).await;
    browser.photograph("still-signed-in").await;
    browser.finish().await;
}

/// Covers: ASVS-3.4.8
#[tokio::test]
async fn a_pop_up_signs_in_and_closes() {
    let program = Program::start().await;
    let browser = Browser::start().await;
    browser.open(&program.url("/")).await;
    // What the page hears from the window it opened outlives the page in the tab's own store.
    let listen = "window.addEventListener('message', ({ data }) => sessionStorage.setItem('heard', data.outcome))";
    browser
        .driver
        .execute(listen, Vec::new())
        .await
        .expect("the page can be changed");
    let opener = click_into_new_window(&browser, LOGIN).await;
    let picture = artefacts("screenshots").join("sign-in-pop-up.png");
    browser.photograph_to(&picture).await;
    sign_in_at_the_sandbox(&browser).await;
    browser.only_window_left(&opener).await;
    see_account(&browser).await;
    let heard = browser
        .driver
        .execute("return sessionStorage.getItem('heard')", Vec::new())
        .await
        .expect("the page can be asked");
    assert_eq!(
        heard.json(),
        &json!("success"),
        "the pop-up told its opener by postMessage as well"
    );
    browser.finish().await;
}

#[tokio::test]
async fn a_pop_up_whose_callback_has_no_state_notifies_its_page_too() {
    let program = Program::start().await;
    let fault = json!({ "endpoint": "authorize", "fault": "redirect_error_without_state" });
    let browser = Browser::start().await;
    browser.open(&program.url("/")).await;
    program.sandbox.ask(Method::POST, "faults", fault).await;
    let opener = click_into_new_window(&browser, LOGIN).await;
    browser.see(".notice-bad").await;
    browser
        .driver
        .switch_to_window(opener)
        .await
        .expect("the first window is open");
    browser.read(".notice-bad", "一鍵登入").await;
    browser.finish().await;
}

#[tokio::test]
async fn a_pop_up_with_a_forged_callback_explains_itself_and_notifies_its_page() {
    let program = Program::start().await;
    let browser = Browser::start().await;
    browser.open(&program.url("/")).await;
    let opener = click_into_new_window(&browser, LOGIN).await;
    see_sign_in(&browser).await;
    let forged = program.url("/oauth/callback?code=forged&state=forged");
    browser.open(&forged).await;
    browser
        .read(".notice-bad", "無法確認這次登入由您的瀏覽器發起")
        .await;
    browser
        .driver
        .switch_to_window(opener)
        .await
        .expect("the first window is open");
    browser
        .read(".notice-bad", "無法確認這次登入由您的瀏覽器發起")
        .await;
    browser.finish().await;
}

#[tokio::test]
async fn a_pop_up_that_the_provider_separates_from_its_opener_still_notifies_its_page() {
    let program = Program::start().await;
    program
        .sandbox
        .ask(Method::PATCH, "settings", json!({ "coop": "same-origin" }))
        .await;
    let browser = Browser::start().await;
    browser.open(&program.url("/")).await;
    let opener = click_into_new_window(&browser, LOGIN).await;
    let script = "return window.opener === null";
    let cut_off = browser
        .driver
        .execute(script, Vec::new())
        .await
        .expect("the page can be asked");
    assert_eq!(
        cut_off.json(),
        &json!(true),
        "the provider has cut the pop-up off"
    );
    sign_in_at_the_sandbox(&browser).await;
    // Whether a window that was cut off may close itself is the browser's to say.
    browser
        .driver
        .switch_to_window(opener)
        .await
        .expect("the first window is open");
    see_account(&browser).await;
    browser.finish().await;
}

#[tokio::test]
async fn a_pop_up_that_is_closed_leaves_the_page_usable() {
    let program = Program::start().await;
    let browser = Browser::start().await;
    browser.open(&program.url("/")).await;
    let opener = click_into_new_window(&browser, LOGIN).await;
    browser
        .driver
        .close_window()
        .await
        .expect("a window can be closed");
    browser.only_window_left(&opener).await;
    let opener = click_into_new_window(&browser, LOGIN).await;
    sign_in_at_the_sandbox(&browser).await;
    browser.only_window_left(&opener).await;
    see_account(&browser).await;
    browser.finish().await;
}

#[tokio::test]
async fn a_pop_up_that_is_blocked_becomes_the_page() {
    let program = Program::start().await;
    let browser = Browser::start().await;
    browser.open(&program.url("/")).await;
    browser.see(LOGIN).await;
    let block = "window.open = () => null";
    browser
        .driver
        .execute(block, Vec::new())
        .await
        .expect("the page can be changed");
    browser.click(LOGIN).await;
    sign_in_at_the_sandbox(&browser).await;
    see_account(&browser).await;
    browser.finish().await;
}

/// Covers: BFF-6.1.1-H
#[tokio::test]
async fn without_scripts_the_same_click_is_enough() {
    let program = Program::start().await;
    let browser = Browser::start().await;
    browser.run_scripts(false).await;
    sign_in(&browser, &program).await;
    browser.click("form[action='/auth/logout'] button").await;
    browser.see(LOGIN).await;
    browser.finish().await;
}

/// Covers: RFC9700-2.1.1-1
#[tokio::test]
async fn a_second_tab_does_not_break_the_first() {
    let program = Program::start().await;
    let browser = Browser::start().await;
    let start = program.url("/auth/oauth/start");
    browser.open(&start).await;
    see_sign_in(&browser).await;
    let first = browser.driver.window().await.expect("a window is open");
    let second = browser.driver.new_tab().await.expect("a tab can be opened");
    browser
        .driver
        .switch_to_window(second)
        .await
        .expect("the tab is open");
    browser.open(&start).await;
    sign_in_at_the_sandbox(&browser).await;
    see_account(&browser).await;

    browser
        .driver
        .switch_to_window(first)
        .await
        .expect("the first tab is open");
    sign_in_at_the_sandbox(&browser).await;
    see_account(&browser).await;
    browser.finish().await;
}

#[tokio::test]
async fn a_user_who_denies_access_gets_a_notice() {
    let program = Program::start_with(&[("BFF_OAUTH__AUTO_AUTHORIZE", "false")]).await;
    let browser = Browser::start().await;
    browser.be_wide(390).await;
    browser.open(&program.url("/")).await;
    browser.click(LOGIN).await;
    sign_in_at_the_sandbox(&browser).await;
    browser.click("button[value=deny]").await;
    browser
        .read(".notice-bad", "您沒有同意授權，所以沒有登入")
        .await;
    browser.see(LOGIN).await;
    browser.finish().await;
}
