//! What a signed-in person sees while the session store or the provider is away, and when it is back.

use bff_testing::RedisServer;
use reqwest::Method;
use serde_json::json;

use crate::kit::Browser;
use crate::program::Program;
use crate::steps::*;

/// Covers: ASVS-16.5.3-store
#[tokio::test]
async fn a_store_outage_ends_no_session_and_the_page_recovers_by_itself() {
    let mut redis = RedisServer::start("appendonly yes\nappendfsync always").await;
    let store = format!("redis://127.0.0.1:{}", redis.port());
    let program = Program::start_with(&[("SESSION_STORE", &store)]).await;
    let browser = Browser::start().await;
    sign_in(&browser, &program).await;

    redis.freeze();
    browser.click("[data-refresh] button").await;
    browser
        .read(".notice-bad", "本站暫時無法處理，餘額沒有更新")
        .await;
    browser.see(ACCOUNT).await;
    browser.open(&program.url("/")).await;
    browser
        .read("[data-recover] h1", "暫時無法確認登入狀態")
        .await;
    browser.read("[data-recover] .lead", "您沒有被登出").await;
    browser.photograph_all("store-away").await;

    redis.thaw();
    see_account(&browser).await;

    redis.kill();
    browser.open(&program.url("/")).await;
    browser.see("[data-recover]").await;
    redis.restart().await;
    see_account(&browser).await;
    // The browser itself notes every answer that is an error.
    browser.complaints().await;
    browser.finish().await;
}

/// Covers: ASVS-16.5.2
#[tokio::test]
async fn a_provider_outage_ends_no_session_and_the_page_shows_what_is_known() {
    let program = Program::start().await;
    let browser = Browser::start().await;
    sign_in(&browser, &program).await;
    let fault = json!({ "endpoint": "userinfo", "fault": "html_502", "times": null });
    program.sandbox.ask(Method::POST, "faults", fault).await;
    browser.open(&program.url("/")).await;
    browser.read(".callout", "暫時無法顯示最新餘額").await;
    browser.read(".money", "750.00").await;
    browser.read(".badge", "不到 1 分鐘前的資料").await;
    browser.photograph_all("provider-away").await;
    program
        .sandbox
        .ask(Method::DELETE, "faults", json!({}))
        .await;
    browser.open(&program.url("/")).await;
    see_account(&browser).await;
    // The browser itself notes every answer that is an error.
    browser.complaints().await;
    browser.finish().await;
}
