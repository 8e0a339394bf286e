//! The way to the top-up page (`src/topup.rs`). No other file of `tests/api` uses it, and nothing here has a line `Covers:`, so that an app without
//! top-up deletes this file and changes no other.

use serde_json::json;

use crate::account::broken_calls::{QUICK, a_refused_token_is_renewed, order};
use crate::account::table::{FAULTS, Outcome};
use crate::csrf::a_sibling_subdomain_is_refused;
use crate::headers::security::carries_the_headers;
use crate::http2::codings::every_coding_is_read;
use crate::login::token_endpoint::others_are_not_delayed;
use crate::openapi::are_documented;
use crate::requests::queries::any_query_is_answered_soundly;
use crate::requests::routes::{absurd_headers_change_nothing, each_takes_its_methods};
use crate::secrets::Life;
use crate::secrets::search::search;
use crate::support::every_answer::Sweep;
use crate::support::*;

const ROUTES: [(&str, &str); 2] = [("/topup", "GET"), ("/api/user/topup", "GET")];

#[tokio::test]
async fn every_answer_of_top_up_has_its_error_code_and_ends_no_session() {
    let hosts = [("BFF_TOPUP__ALLOWED_HOSTS", "aihubmix.com")];
    let program = BINARY.start_with(&[QUICK, &hosts].concat()).await;
    let browser = program.browser();
    browser.sign_in().await;
    for (fault, outcome, _) in FAULTS {
        order(&program, "topup", fault).await;
        outcome.is_answered_by(&browser.fetch("GET", "/api/user/topup").await, fault);
        let page = browser.click("/topup").await;
        if *outcome == Outcome::Fine {
            assert!(page.location().ends_with("/sandbox/top-up"));
        } else {
            assert_eq!(
                page.header("content-type"),
                Some("text/html; charset=utf-8"),
                "{fault}"
            );
            assert!(page.status >= 400, "{fault}");
        }
        assert!(browser.is_signed_in().await, "{fault}");
        program.mend().await;
    }
    assert_eq!(browser.fetch("GET", "/api/user/topup").await.status, 200);
}

#[tokio::test]
async fn a_top_up_link_is_taken_in_every_shape_and_only_to_an_allowed_host() {
    let program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    for shape in ["documented", "data_object", "data_string"] {
        program.set(json!({ "topup_shape": shape, "topup_url": "https://console.aihubmix.com/topup?a=1" })).await;
        let answer = browser.fetch("GET", "/api/user/topup").await;
        assert_eq!(
            answer.json()["topup_url"],
            "https://console.aihubmix.com/topup?a=1",
            "{shape}"
        );
        assert_eq!(
            browser.click("/topup").await.location(),
            "https://console.aihubmix.com/topup?a=1"
        );
    }
    program.set(json!({ "topup_shape": "documented" })).await;
    for url in [
        "http://aihubmix.com/",
        "https://evil.test/",
        "https://aihubmix.com.evil.test/",
        "https://evilaihubmix.com/",
        "javascript:alert(1)",
        "https://aihubmix.com@evil.test/",
        "https://user:pass@aihubmix.com/",
        "//aihubmix.com/",
        "/topup",
        "",
        "data:text/html,x",
        "https://aihubmix.com:x/",
    ] {
        program.set(json!({ "topup_url": url })).await;
        browser
            .fetch("GET", "/api/user/topup")
            .await
            .is_problem(502, "provider_error");
        assert_eq!(browser.click("/topup").await.status, 502, "{url}");
    }
    assert_eq!(
        program.browser().open("/topup").await.location(),
        "/",
        "home when signed out"
    );
}

#[tokio::test]
async fn without_a_link_of_the_provider_the_configured_one_is_used() {
    let program = BINARY
        .start_with(&[("BFF_TOPUP__FALLBACK_URL", "https://pay.example/top-up")])
        .await;
    let browser = program.browser();
    browser.sign_in().await;
    program.set(json!({ "topup_shape": "absent" })).await;
    assert_eq!(
        browser.fetch("GET", "/api/user/topup").await.json()["topup_url"],
        "https://pay.example/top-up"
    );
    for fault in ["html_404", "error_object_404", "empty_object"] {
        program.break_once("topup", fault).await;
        assert_eq!(
            browser.fetch("GET", "/api/user/topup").await.json()["topup_url"],
            "https://pay.example/top-up",
            "{fault}"
        );
    }
    program.break_once("topup", "html_502").await;
    browser
        .fetch("GET", "/api/user/topup")
        .await
        .is_problem(503, "provider_unavailable");
}

#[tokio::test]
async fn the_routes_of_top_up_take_get_and_any_query_and_header() {
    each_takes_its_methods(&ROUTES).await;
    any_query_is_answered_soundly(&ROUTES).await;
    absurd_headers_change_nothing(&ROUTES).await;
}

#[tokio::test]
async fn every_answer_of_top_up_has_the_headers_and_is_documented() {
    let mut redis = RedisServer::start("").await;
    let mut sweep = Sweep::start(&redis).await;
    sweep.open(303, "/topup").await;
    sweep.fetch(401, "GET", "/api/user/topup").await;
    sweep.browser.sign_in().await;
    sweep.open(303, "/topup").await;
    sweep.fetch(200, "GET", "/api/user/topup").await;
    sweep.open(404, "/topup/x.png").await;
    for (status, fault) in [
        (502, "html_200"),
        (503, "html_502"),
        (403, "account_disabled_403"),
        (502, "invalid_token"),
    ] {
        sweep.program.break_always("topup", fault).await;
        sweep.open(status, "/topup").await;
        sweep.fetch(status, "GET", "/api/user/topup").await;
        sweep.program.mend().await;
    }
    sweep.program.stop();
    sweep.program.start_again(&SHORT_LIMITS).await;
    sweep.program.break_always("topup", "hang").await;
    sweep.open(504, "/topup").await;
    redis.kill();
    sweep.open(503, "/topup").await;
    for seen in &sweep.seen {
        carries_the_headers(seen, "https://app.test");
        let kept = seen.answer.header("cache-control");
        assert_eq!(kept, Some("no-store"), "{}", seen.what);
        let waits = matches!(seen.answer.status, 503 | 504);
        assert_eq!(
            seen.answer.header("retry-after").is_some(),
            waits,
            "{}",
            seen.what
        );
        assert!(seen.answer.all("set-cookie").is_empty(), "{}", seen.what);
    }
    are_documented(&sweep.seen);
}

#[tokio::test]
async fn another_site_does_not_reach_top_up() {
    a_sibling_subdomain_is_refused(&[("GET", "/topup"), ("GET", "/api/user/topup")]).await;
    let program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    for path in ["/topup", "/%74opup"] {
        let link = navigation("GET", path, Initiator::CrossSite);
        for initiator in [Initiator::CrossSite, Initiator::SameOrigin] {
            let answer = browser.send(link.clone(), initiator).await;
            assert_eq!(answer.status, 403, "{path}");
        }
    }
    assert_eq!(program.count("topup_requests").await, 0);
}

#[tokio::test]
async fn a_refused_token_a_coding_and_a_provider_that_hangs_are_met_as_elsewhere() {
    a_refused_token_is_renewed("topup", "/api/user/topup").await;
    let link = json!({ "topup_url": "https://aihubmix.com/topup" });
    every_coding_is_read("/api/user/topup", "topup", link).await;
    others_are_not_delayed(&["/api/user/topup"]).await;
}

#[tokio::test]
async fn no_secret_is_in_an_answer_of_top_up_even_when_the_provider_repeats_it() {
    let mut life = Life::begin().await;
    life.meet_fault("topup", "slow", "/api/user/topup", "/topup")
        .await;
    life.meet_fault("topup", "error_object_403", "/api/user/topup", "/topup")
        .await;
    let tokens = life.tokens();
    assert!(tokens.len() >= 2, "tokens: {}", tokens.len());
    for shown in &life.seen.shown {
        search("an answer", shown, &tokens);
    }
    search("the log", &life.program.log(), &tokens);
}
