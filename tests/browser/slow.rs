//! A slow network: what a person sees and can do before scripts, provider and next page have come.

use serde_json::json;

use crate::kit::Browser;
use crate::program::Program;
use crate::steps::*;

#[tokio::test]
async fn on_slow_3g_the_page_is_shown_and_usable_before_its_scripts_have_come() {
    let program = Program::start().await;
    let browser = Browser::start_impatient().await;
    browser.be_wide(390).await;
    browser.be_on_slow_3g().await;
    browser.hold("*.js").await;
    browser.open(&program.url("/")).await;
    browser.read("h1", "請登入以查看帳戶資訊").await;
    let painted = "return performance.getEntriesByName('first-contentful-paint').length";
    while browser.ask(painted).await != json!(1) {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    // The scripts are held, so everything below happens without them.
    let is_loading = "return document.readyState !== 'complete'";
    assert_eq!(browser.ask(is_loading).await, json!(true));
    browser.click(LOGIN).await;
    sign_in_at_the_sandbox(&browser).await;
    see_account(&browser).await;
    set_balance(&program, "98.76").await;
    browser.click("[data-refresh] button").await;
    browser.read(BALANCE, "98.76").await;
    assert_eq!(browser.ask(is_loading).await, json!(true));
    browser.release().await;
    browser.finish().await;
}

#[tokio::test]
async fn on_slow_3g_the_page_does_not_wait_for_a_slow_provider() {
    let program = Program::start_with(&[("BFF_PROVIDER__PAGE_WAIT_MS", "250")]).await;
    let browser = Browser::start_impatient().await;
    sign_in(&browser, &program).await;
    browser.read(BALANCE, "750.00").await;
    program.sandbox.break_always("userinfo", "hang").await;
    browser.be_on_slow_3g().await;
    browser.open(&program.url("/sessions")).await;
    browser.click(".more a[href='/']").await;
    // The provider answers nothing, so all of this is there before its answer.
    browser.read("[data-pending] .money", "750.00").await;
    browser.read(".badge", "不到 1 分鐘前的資料").await;
    browser.click("form[action='/auth/logout'] button").await;
    browser.see(LOGIN).await;
    browser.finish().await;
}

#[tokio::test]
async fn a_tap_on_the_sign_in_is_confirmed_before_the_network_answers() {
    let program = Program::start().await;
    let browser = Browser::start().await;
    browser.be_wide(390).await;
    browser.open(&program.url("/")).await;
    // The network never answers.
    let stay = "addEventListener('click', (event) => event.preventDefault())";
    browser.ask(stay).await;
    browser.click(LOGIN).await;
    browser.read("[data-login-status]", "登入處理中").await;
    browser.see("[data-login][aria-busy=true]").await;
    // The browser shows the page again as it was.
    let again = "dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))";
    browser.ask(again).await;
    browser.see("[data-login]:not([aria-busy])").await;
    browser.finish().await;
}
