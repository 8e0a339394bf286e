//! The gallery: every state of the page at four widths, light and dark, one contact sheet for each set of states.
//! `just gallery` writes it to `target/test-artefacts/gallery`, to be looked at.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use bff_testing::RedisServer;
use reqwest::Method;
use serde_json::{Value, json};

use crate::conditions::Scheme;
use crate::kit::Browser;
use crate::pictures::artefacts;
use crate::program::Program;
use crate::steps::*;
use crate::tabs::is_following;

const WIDTHS: [u32; 4] = [320, 390, 768, 1280];
const LONG: &str = "$123,456,789,012,345.678901";

/// A set of states on one sheet.
struct Sheet<'b> {
    browser: &'b Browser,
    name: &'static str,
    states: Vec<String>,
}

impl<'b> Sheet<'b> {
    fn new(browser: &'b Browser, name: &'static str) -> Self {
        Self {
            browser,
            name,
            states: Vec::new(),
        }
    }

    fn picture(&self, state: &str, width: u32, scheme: Scheme) -> String {
        format!("{}-{state}-{width}-{}.png", self.name, scheme.name())
    }

    /// Photographs the page as it is.
    async fn add(&mut self, state: &str) {
        for scheme in Scheme::BOTH {
            let scheme_of_system = ("prefers-color-scheme", scheme.name());
            self.browser
                .emulate(&[scheme_of_system, ("prefers-reduced-motion", "reduce")])
                .await;
            for width in WIDTHS {
                let height = if width == 320 { 640 } else { 800 };
                self.browser.be_sized(width, height).await;
                let file = folder().join(self.picture(state, width, scheme));
                self.browser.photograph_to(&file).await;
            }
        }
        self.states.push(state.to_owned());
        self.browser.be_wide(390).await;
    }

    async fn open(&mut self, program: &Program, state: &str, path: &str) {
        self.browser.open(&program.url(path)).await;
        self.add(state).await;
    }

    /// Writes the sheet as `NAME.html` and `NAME.png`.
    async fn finish(self) {
        let mut page = String::from(
            "<!doctype html><meta charset=utf-8><style>body{margin:24px;background:#888;font:14px sans-serif;width:2600px}\
             h2{margin:24px 0 8px}div{display:flex;gap:12px;align-items:flex-start;margin-bottom:12px}img{zoom:.46}</style>",
        );
        for state in &self.states {
            let _ = write!(page, "<h2>{} · {state}</h2>", self.name);
            for scheme in Scheme::BOTH {
                page.push_str("<div>");
                for width in WIDTHS {
                    let _ = write!(page, "<img src=\"{}\">", self.picture(state, width, scheme));
                }
                page.push_str("</div>");
            }
        }
        let sheet = folder().join(format!("{}.html", self.name));
        fs::write(&sheet, page).expect("a sheet can be saved");
        self.browser.be_wide(1320).await;
        self.browser
            .open(&format!("file://{}", sheet.display()))
            .await;
        self.browser
            .photograph_to(&sheet.with_extension("png"))
            .await;
    }
}

fn folder() -> PathBuf {
    artefacts("gallery")
}

async fn change_user(program: &Program, change: Value) {
    let sandbox = &program.sandbox;
    sandbox.ask(Method::PATCH, "users/demo", change).await;
}

async fn break_userinfo(program: &Program, fault: &str) {
    let fault = json!({ "endpoint": "userinfo", "fault": fault, "times": null });
    program.sandbox.ask(Method::POST, "faults", fault).await;
}

#[tokio::test]
#[ignore = "writes pictures for people to look at"]
async fn signed_out() {
    let program = Program::start().await;
    let browser = Browser::start().await;
    let mut sheet = Sheet::new(&browser, "signed-out");
    for language in ["zh-Hant", "zh-Hans", "en", "ja"] {
        let home = format!("/?lang={language}");
        sheet.open(&program, language, &home).await;
        let failed = format!("{home}&error=invalid_state");
        sheet
            .open(&program, &format!("{language}-error"), &failed)
            .await;
    }
    sheet
        .open(&program, "ja-cookies", "/?lang=ja&login=success")
        .await;
    sheet
        .open(&program, "signed-out", "/?lang=zh-Hant&logout=success")
        .await;
    sheet.finish().await;
}

#[tokio::test]
#[ignore = "writes pictures for people to look at"]
async fn account() {
    let program = Program::start().await;
    let browser = Browser::start().await;
    let mut sheet = Sheet::new(&browser, "account");
    sign_in(&browser, &program).await;
    sheet.add("signed-in-now").await;
    for language in ["zh-Hans", "en", "ja", "zh-Hant"] {
        let path = format!("/?lang={language}&balance=updated");
        sheet.open(&program, language, &path).await;
    }
    let used =
        json!({ "quota": 6_172_500, "used_quota": 1_250_000, "balance_formatted": "$12.345" });
    change_user(&program, used).await;
    let used =
        json!({ "quota": 6_172_500, "used_quota": 1_250_000, "balance_formatted": "$12.35" });
    change_user(&program, used).await;
    sheet.open(&program, "used", "/").await;
    change_user(&program, json!({ "balance_formatted": LONG })).await;
    sheet.open(&program, "long", "/").await;
    change_user(&program, json!({ "balance_formatted": "-12.50" })).await;
    sheet.open(&program, "negative", "/").await;
    change_user(
        &program,
        json!({ "balance_formatted": "750.00", "status": 7 }),
    )
    .await;
    sheet.open(&program, "unknown-status", "/?lang=en").await;
    change_user(&program, json!({ "status": 2 })).await;
    sheet.open(&program, "disabled", "/?lang=zh-Hant").await;
    change_user(&program, json!({ "status": 3 })).await;
    sheet.open(&program, "deleted", "/?lang=ja").await;
    sheet.finish().await;
}

#[tokio::test]
#[ignore = "writes pictures for people to look at"]
async fn trouble() {
    let mut redis = RedisServer::start("").await;
    let store = format!("redis://127.0.0.1:{}", redis.port());
    let program = Program::start_with(&[("SESSION_STORE", &store)]).await;
    let browser = Browser::start().await;
    let mut sheet = Sheet::new(&browser, "trouble");
    sign_in(&browser, &program).await;
    break_userinfo(&program, "html_502").await;
    for language in ["zh-Hant", "en", "ja"] {
        let path = format!("/?lang={language}");
        let state = format!("provider-{language}");
        sheet.open(&program, &state, &path).await;
    }
    let none = json!({});
    program.sandbox.ask(Method::DELETE, "faults", none).await;
    break_userinfo(&program, "error_object_403").await;
    sheet.open(&program, "forbidden", "/?lang=zh-Hant").await;
    sheet.open(&program, "not-found", "/nowhere").await;
    sheet
        .open(&program, "not-found-en", "/nowhere?lang=en")
        .await;
    browser.run_scripts(false).await;
    let pop_up = "/auth/oauth/start?display=popup";
    browser.open(&program.url(pop_up)).await;
    browser.see("[data-popup]").await;
    sheet.add("pop-up").await;
    redis.kill();
    sheet.open(&program, "store", "/?lang=zh-Hant").await;
    sheet.open(&program, "store-en", "/?lang=en").await;
    browser.complaints().await;
    sheet.finish().await;
}

#[tokio::test]
#[ignore = "writes pictures for people to look at"]
async fn devices() {
    let program = Program::start().await;
    let (browser, other) = (Browser::start().await, Browser::start().await);
    sign_in(&other, &program).await;
    sign_in(&browser, &program).await;
    let mut sheet = Sheet::new(&browser, "devices");
    for language in ["zh-Hant", "zh-Hans", "en", "ja"] {
        let path = format!("/sessions?lang={language}");
        sheet.open(&program, language, &path).await;
    }
    browser.open(&program.url("/?lang=zh-Hant")).await;
    is_following(&browser).await;
    other.open(&program.url("/sessions")).await;
    other.click("button[value=others]").await;
    browser.see(LOGIN).await;
    sheet.add("ended").await;
    browser.be_offline(true).await;
    browser.see(".notice-bad").await;
    sheet.add("offline").await;
    browser.be_offline(false).await;
    browser.complaints().await;
    sheet.finish().await;
}

#[tokio::test]
#[ignore = "writes pictures for people to look at"]
async fn pending() {
    let program = Program::start_with(&[("BFF_PROVIDER__PAGE_WAIT_MS", "1")]).await;
    let browser = Browser::start().await;
    let mut sheet = Sheet::new(&browser, "pending");
    sign_in(&browser, &program).await;
    // So slow that the page waits while it is photographed.
    program.sandbox.set(json!({ "latency_ms": 60_000 })).await;
    for language in ["zh-Hant", "en", "ja"] {
        let path = format!("/?lang={language}");
        sheet.open(&program, language, &path).await;
    }
    sheet.finish().await;
}
