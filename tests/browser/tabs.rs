//! Tabs, devices and replicas agree: what one of them does, the others show by themselves.

use bff_testing::{RedisServer, Replicas};
use reqwest::Method;
use serde_json::json;
use thirtyfour::WindowHandle;

use crate::kit::Browser;
use crate::program::{BINARY, Program};
use crate::steps::*;

const NOTICE: &str = "[data-notices]";
const SIGN_OUT: &str = "form[action='/auth/logout'] button";

async fn here(browser: &Browser) -> WindowHandle {
    browser.driver.window().await.expect("a window is open")
}

async fn go_to(browser: &Browser, window: &WindowHandle) {
    let switched = browser.driver.switch_to_window(window.clone()).await;
    switched.expect("the window is open");
}

/// Opens the page in one more window, and goes there. Returns the window that was left, and the new one.
async fn open_beside(browser: &Browser, url: &str) -> (WindowHandle, WindowHandle) {
    let first = here(browser).await;
    let second = browser.driver.new_window().await.expect("a window opens");
    go_to(browser, &second).await;
    browser.open(url).await;
    (first, second)
}

/// Waits until one tab of the browser has its stream open, so that what happens from now on is told.
pub async fn is_following(browser: &Browser) {
    let script = "const done = arguments[0]; const look = async () => {
          const { held } = await navigator.locks.query();
          if (held.some(({ name }) => name === 'bff-session')) done(true);
          else setTimeout(look, 20);
        }; look();";
    let done = browser.driver.execute_async(script, Vec::new()).await;
    done.expect("the page can ask");
}

async fn has_focus_on(browser: &Browser, css: &str) {
    let script = format!("return document.activeElement === document.querySelector({css:?})");
    let focused = browser.driver.execute(script, Vec::new()).await;
    assert_eq!(focused.expect("the page answers").json(), &json!(true));
}

#[tokio::test]
async fn two_tabs_agree_on_sign_in_balance_and_sign_out() {
    let program = Program::start().await;
    let browser = Browser::start().await;
    browser.be_wide(390).await;
    browser.open(&program.url("/")).await;
    browser.see(LOGIN).await;
    let (first, second) = open_beside(&browser, &program.url("/")).await;

    go_to(&browser, &first).await;
    browser.click(LOGIN).await;
    sign_in_at_the_sandbox(&browser).await;
    see_account(&browser).await;
    go_to(&browser, &second).await;
    see_account(&browser).await;

    go_to(&browser, &first).await;
    is_following(&browser).await;
    set_balance(&program, "98.76").await;
    browser.click("[data-refresh] button").await;
    browser.read(BALANCE, "98.76").await;
    go_to(&browser, &second).await;
    browser.read(BALANCE, "98.76").await;
    browser.read("[data-balance-status]", "餘額已更新").await;

    browser.click(SIGN_OUT).await;
    browser.see(LOGIN).await;
    go_to(&browser, &first).await;
    browser.see(LOGIN).await;
    browser.read(NOTICE, "您已登出").await;
    has_focus_on(&browser, "#signed-out-heading").await;
    browser.finish().await;
}

#[tokio::test]
async fn an_end_at_another_replica_is_shown_with_its_cause() {
    let redis = RedisServer::start("").await;
    let store = format!("redis://127.0.0.1:{}", redis.port());
    let replicas = Replicas::start(BINARY, &store, &[]).await;
    let origin = replicas.one.addresses.origin();
    let browser = Browser::start().await;
    let sign_in = async || {
        browser.be_wide(390).await;
        browser.open(&format!("{origin}/")).await;
        browser.click(LOGIN).await;
        see_account(&browser).await;
        is_following(&browser).await;
    };

    sign_in().await;
    // The other device is at the other replica.
    let device = replicas.one.browser();
    device.sign_in().await;
    let device = replicas.moved(&device);
    let everywhere = device.submit("/auth/logout", "everywhere=1").await;
    assert_eq!(everywhere.status, 303);
    browser.read(".notice-bad", "您已從其他裝置登出").await;
    has_focus_on(&browser, "#signed-out-heading").await;

    sign_in().await;
    let revoked = replicas.other.run(&["sessions", "revoke", "--all"], "");
    assert!(revoked.status.success(), "{revoked:?}");
    browser.read(".notice-bad", "本站管理者").await;
    browser.see(LOGIN).await;
    browser.photograph_all("session-revoked").await;
    browser.finish().await;
}

#[tokio::test]
async fn a_top_up_shows_when_the_tab_is_shown_again() {
    let program = Program::start().await;
    let browser = Browser::start().await;
    sign_in(&browser, &program).await;
    let account = click_into_new_window(&browser, "a[href='/topup']").await;
    // At the provider. No page of ours has asked for the account since.
    set_balance(&program, "1000.00").await;
    browser
        .driver
        .close_window()
        .await
        .expect("it can be closed");
    go_to(&browser, &account).await;
    browser
        .driver
        .execute("window.dispatchEvent(new Event('focus'))", Vec::new())
        .await
        .expect("the page can be shown");
    browser.read(BALANCE, "1000.00").await;
    browser.see("[data-balance-row].is-changed").await;
    browser.read("[data-balance-status]", "餘額已更新").await;
    browser.finish().await;
}

#[tokio::test]
async fn a_browser_without_cookies_shows_a_message_before_and_after_the_login() {
    let program = Program::start().await;
    let browser = Browser::start_with_preferences(json!({
        "profile.default_content_setting_values.cookies": 2
    }))
    .await;
    browser.be_wide(390).await;
    browser.open(&program.url("/")).await;
    let words = "您的瀏覽器沒有為本站儲存 Cookie";
    browser.read(".notice-bad", words).await;
    browser.photograph("cookies-off").await;
    browser.open(&program.url("/?error=invalid_state")).await;
    browser.read(".notice-bad", words).await;
    let notice = browser.see(NOTICE).await.text().await.expect("a text");
    assert!(!notice.contains("連結"), "{notice}");
    browser.finish().await;
}

#[tokio::test]
async fn a_browser_that_refuses_storage_channels_and_locks_signs_in_and_out() {
    let program = Program::start().await;
    let browser = Browser::start().await;
    browser
        .before_each_page(
            "for (const name of ['sessionStorage', 'localStorage']) {
               Object.defineProperty(window, name, { get() { throw new DOMException('no', 'SecurityError'); } });
             }
             window.BroadcastChannel = class { constructor() { throw new DOMException('no', 'SecurityError'); } };
             navigator.locks.request = () => Promise.reject(new DOMException('no', 'SecurityError'));",
        )
        .await;
    sign_in(&browser, &program).await;
    set_balance(&program, "98.76").await;
    browser.click("[data-refresh] button").await;
    browser.read(BALANCE, "98.76").await;
    browser.click(SIGN_OUT).await;
    browser.see(LOGIN).await;
    browser.finish().await;
}

#[tokio::test]
async fn offline_and_back_are_said() {
    let program = Program::start().await;
    let browser = Browser::start().await;
    sign_in(&browser, &program).await;
    browser.be_offline(true).await;
    browser.read(".notice-bad", "離線").await;
    browser.see(ACCOUNT).await;
    browser.be_offline(false).await;
    browser.read(".notice-good", "網路連線已恢復").await;
    see_account(&browser).await;
    // The browser itself notes every call that failed.
    browser.complaints().await;
    browser.finish().await;
}

#[tokio::test]
async fn the_card_of_a_provider_that_is_away_tries_again_by_itself() {
    let program = Program::start().await;
    let browser = Browser::start().await;
    sign_in(&browser, &program).await;
    let fault = json!({ "endpoint": "userinfo", "fault": "html_502", "times": null });
    program.sandbox.ask(Method::POST, "faults", fault).await;
    browser.open(&program.url("/")).await;
    browser.read("[data-retry-in]", "秒後自動重試").await;
    let faults = program.sandbox.ask(Method::DELETE, "faults", json!({}));
    faults.await;
    see_account(&browser).await;

    // This card has no signed-out card in it, so the server draws one.
    program.sandbox.break_always("userinfo", "html_502").await;
    browser.open(&program.url("/")).await;
    browser.read("[data-retry-in]", "秒後自動重試").await;
    is_following(&browser).await;
    program.revoke_all();
    browser.read(".notice-bad", "本站管理者").await;
    has_focus_on(&browser, "#signed-out-heading").await;
    // The browser itself notes every answer that is an error.
    browser.complaints().await;
    browser.finish().await;
}

/// The module as the front end of a team uses it.
#[tokio::test]
async fn a_front_end_signs_in_follows_and_signs_out_with_the_module() {
    let program = Program::start().await;
    let browser = Browser::start().await;
    browser.ignore_script_policy().await;
    browser.open(&program.url("/?lang=en")).await;
    let run = async |script: &str| {
        let script = format!(
            "const done = arguments[0]; import('/static/client/js/session.js').then(async (session) => {{ {script} }})"
        );
        let answer = browser.driver.execute_async(script, Vec::new()).await;
        answer.expect("the script ends").json().clone()
    };
    let signed_out = run("session.subscribe((state) => done(state))").await;
    assert_eq!(signed_out["authenticated"], false, "{signed_out}");
    browser.be_wide(390).await;
    run("session.signIn({ returnTo: '/?from=module' }); done(null)").await;
    sign_in_at_the_sandbox(&browser).await;
    see_account(&browser).await;
    let signed_in = run("session.subscribe((state) => done(state))").await;
    assert_eq!(signed_in["user"]["username"], "demo", "{signed_in}");
    assert!(signed_in["expires_in"].as_u64().is_some(), "{signed_in}");
    let ended = run("const seen = []; session.subscribe(({ authenticated, cause }) => seen.push([authenticated, cause]));
        const said = await session.signOut(); done([said, seen.at(-1)])")
    .await;
    assert_eq!(ended, json!([true, [false, "logged_out"]]));
    browser.see(LOGIN).await;
    browser.finish().await;
}

#[tokio::test]
async fn the_module_reports_how_a_login_in_its_pop_up_ended() {
    let program = Program::start().await;
    let browser = Browser::start().await;
    browser.ignore_script_policy().await;
    // A document of our origin without scripts of its own.
    browser.open(&program.url("/healthz")).await;
    let script = "const done = arguments[0]; import('/static/client/js/session.js').then(({ signIn, current }) => {
          const button = Object.assign(document.createElement('button'), { id: 'sign-in', textContent: 'Sign in' });
          button.onclick = async () => {
            const { outcome, returnTo } = await signIn({ returnTo: '/?from=module', popup: true });
            button.textContent = `${outcome} ${returnTo} ${current().user?.username}`;
          };
          document.body.append(button);
          done(null);
        })";
    let done = browser.driver.execute_async(script, Vec::new()).await;
    done.expect("the module is there");
    let opener = click_into_new_window(&browser, "#sign-in").await;
    sign_in_at_the_sandbox(&browser).await;
    browser.only_window_left(&opener).await;
    browser
        .read("#sign-in", "success /?from=module&login=success demo")
        .await;
    browser.finish().await;
}

#[tokio::test]
async fn the_back_button_shows_the_account_only_while_it_is_signed_in() {
    let program = Program::start().await;
    let browser = Browser::start().await;
    sign_in(&browser, &program).await;
    for on in [true, false] {
        browser.run_scripts(on).await;
        browser.click("a[href='/sessions']").await;
        browser.see(".device").await;
        browser.driver.back().await.expect("there is a page before");
        see_account(&browser).await;
    }
    browser.run_scripts(true).await;
    browser.click(SIGN_OUT).await;
    browser.see(LOGIN).await;
    browser.driver.back().await.expect("there is a page before");
    browser.see(LOGIN).await;
    browser
        .driver
        .forward()
        .await
        .expect("there is a page after");
    browser.see(LOGIN).await;
    browser.finish().await;
}
