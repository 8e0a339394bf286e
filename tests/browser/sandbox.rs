//! The pages of the sandbox provider, which a developer sees.

use crate::kit::Browser;
use crate::program::Program;
use crate::steps::*;

#[tokio::test]
async fn the_pages_of_the_sandbox_are_photographed_and_judged() {
    let program = Program::start_with(&[("BFF_OAUTH__AUTO_AUTHORIZE", "false")]).await;
    let browser = Browser::start().await;
    browser.open(&program.url("/auth/oauth/start")).await;
    see_sign_in(&browser).await;
    browser.photograph_all("sandbox-sign-in").await;
    sign_in_at_the_sandbox(&browser).await;
    let allow = "form[action^='/sandbox/consent'] button.primary";
    browser.see(allow).await;
    browser.photograph_all("sandbox-consent").await;
    browser.click(allow).await;
    see_account(&browser).await;

    program.sandbox.break_always("userinfo", "html_502").await;
    for (name, path) in [
        ("sandbox-top-up", "/sandbox/top-up"),
        ("sandbox-control", "/sandbox"),
        ("sandbox-refused", "/api/oauth2/authorize?client_id=unknown"),
    ] {
        browser
            .open(&format!("{}{path}", program.sandbox.base))
            .await;
        browser.see(".card").await;
        browser.photograph_all(name).await;
    }
    // The browser itself notes the page that refuses.
    browser.complaints().await;
    browser.finish().await;
}
