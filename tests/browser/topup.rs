//! The way to the top-up page.

use crate::kit::Browser;
use crate::program::Program;
use crate::steps::*;

#[tokio::test]
async fn topping_up_opens_the_providers_page() {
    let program = Program::start().await;
    let browser = Browser::start().await;
    sign_in(&browser, &program).await;
    let account = click_into_new_window(&browser, "a[href='/topup']").await;
    browser
        .arrive("the top-up page", |url| {
            url.as_str().starts_with(&program.sandbox.base) && url.path() == "/sandbox/top-up"
        })
        .await;
    browser
        .driver
        .close_window()
        .await
        .expect("a window can be closed");
    browser
        .driver
        .switch_to_window(account)
        .await
        .expect("the account is still open");
    see_account(&browser).await;
    browser.finish().await;
}
