//! The list of devices, the theme, and a page that came before the provider's answer, with and without scripts.

use reqwest::Method;
use serde_json::{Value, json};

use crate::kit::Browser;
use crate::program::Program;
use crate::steps::*;

const OTHERS: &str = "button[value=others]";

#[tokio::test]
async fn a_person_signs_out_another_device_without_scripts() {
    let program = Program::start().await;
    let (here, there) = (Browser::start().await, Browser::start().await);
    sign_in(&there, &program).await;
    sign_in(&here, &program).await;
    for on in [true, false] {
        here.run_scripts(on).await;
        here.open(&program.url("/")).await;
        here.click("a[href='/sessions']").await;
        here.read(".device[data-current]", "這個裝置").await;
        here.read(".device:not([data-current])", "Chrome").await;
        here.see(OTHERS).await;
        if on {
            here.photograph_all("devices").await;
        }
    }
    here.click(".device:not([data-current]) button").await;
    here.read(".notice-good", "該裝置已登出").await;
    there.open(&program.url("/")).await;
    there.see(LOGIN).await;

    here.click(".device[data-current] button").await;
    here.see(LOGIN).await;
    here.read(".notice", "您已登出").await;
    here.finish().await;
    there.finish().await;
}

/// The ground of the page in each scheme.
const LIGHT: &str = "rgb(246, 248, 248)";
const DARK: &str = "rgb(14, 20, 19)";

/// Returns the colours that the page names for the frame of the browser, by their media.
async fn theme_colours(browser: &Browser) -> Value {
    let script = "const colour = document.body.appendChild(document.createElement('i')); \
        return Object.fromEntries([...document.querySelectorAll('meta[name=theme-color]')].map((meta) => { \
          colour.style.color = meta.content; return [meta.media, getComputedStyle(colour).color]; }))";
    browser.ask(script).await
}

#[tokio::test]
async fn a_theme_is_chosen_without_scripts_and_stays() {
    let program = Program::start().await;
    let browser = Browser::start().await;
    browser.run_scripts(false).await;
    browser.open(&program.url("/?error=access_denied")).await;
    browser.click("a[href*='theme=dark']").await;
    browser.see("html[data-theme=dark] .notice-bad").await;
    browser.click("a[href*='lang=en']").await;
    browser
        .see("html[lang=en][data-theme=dark] .notice-bad")
        .await;
    browser.open(&program.url("/nowhere")).await;
    browser.see("html[lang=en][data-theme=dark]").await;
    browser.run_scripts(true).await;
    assert_eq!(theme_colours(&browser).await, json!({ "": DARK }));
    browser.click("a[href*='theme=light']").await;
    browser.see("html[data-theme=light]").await;
    assert_eq!(theme_colours(&browser).await, json!({ "": LIGHT }));
    browser.click("a[href*='theme=system']").await;
    browser.see("html:not([data-theme])").await;
    let of_system = json!({
        "(prefers-color-scheme: light)": LIGHT, "(prefers-color-scheme: dark)": DARK
    });
    assert_eq!(theme_colours(&browser).await, of_system);
    // The browser itself notes the page that is not there.
    browser.complaints().await;
    browser.finish().await;
}

/// Sets how many milliseconds a page waits: so few that no answer comes in time.
const NO_WAIT: [(&str, &str); 1] = [("BFF_PROVIDER__PAGE_WAIT_MS", "1")];

#[tokio::test]
async fn a_page_that_came_before_the_answer_goes_on_by_itself() {
    let program = Program::start_with(&NO_WAIT).await;
    let browser = Browser::start().await;
    let slow = |ms: u32| program.sandbox.set(json!({ "latency_ms": ms }));
    sign_in(&browser, &program).await;
    for on in [true, false] {
        browser.run_scripts(on).await;
        slow(500).await;
        browser.open(&program.url("/")).await;
        browser.see("[data-pending]").await;
        browser.see("[data-account]:not([data-pending])").await;
        browser.read(BALANCE, "750.00").await;
    }
    // What the account has become is drawn by the server.
    browser.run_scripts(true).await;
    program
        .sandbox
        .ask(Method::PATCH, "users/demo", json!({ "status": 2 }))
        .await;
    browser.open(&program.url("/")).await;
    browser.read("[data-account] h1", "這個帳戶已被停用").await;
    // The browser itself notes the answer that the account may not have.
    browser.complaints().await;
    browser.finish().await;
}

#[tokio::test]
async fn a_failure_after_the_page_came_is_shown_with_its_cause() {
    let program = Program::start_with(&NO_WAIT).await;
    let browser = Browser::start().await;
    sign_in(&browser, &program).await;
    program.sandbox.set(json!({ "latency_ms": 500 })).await;
    program.sandbox.break_always("userinfo", "html_502").await;
    browser.open(&program.url("/")).await;
    browser.see("[data-pending]").await;
    browser
        .read(".callout-title", "AIHubMix 目前無法使用")
        .await;
    browser
        .arrive("the bare address", |url| url.query().is_none())
        .await;
    // The browser itself notes every answer that is an error.
    browser.complaints().await;
    browser.finish().await;
}
