//! What the provider may send without being wrong: sections 1.3 and 1.4.

use serde_json::{Value, json};

use crate::support::*;

/// Signs in by exchange-token and says what it answered.
async fn exchanged(browser: &Browser) -> Answer {
    let callback = browser.come_back("").await;
    let body =
        json!({ "code": parameter(&callback, "code"), "state": parameter(&callback, "state") });
    let request = fetch("POST", "/api/oauth/exchange-token")
        .header("Content-Type", "application/json")
        .body(body.to_string());
    browser.send(request, Initiator::SameOrigin).await
}

#[tokio::test]
async fn token_answers_are_taken_in_every_shape_that_is_not_wrong() {
    let program = Program::start().await;
    program.set(json!({ "token_lifetime": 3600 })).await;
    for (shape, lifetime, scope) in [
        (
            json!({ "expires_in": "number" }),
            3600,
            json!("profile balance"),
        ),
        (
            json!({ "expires_in": "string" }),
            3600,
            json!("profile balance"),
        ),
        (
            json!({ "expires_in": "float" }),
            3600,
            json!("profile balance"),
        ),
        (
            json!({ "expires_in": "absent" }),
            7200,
            json!("profile balance"),
        ),
        (
            json!({ "expires_in": "null" }),
            7200,
            json!("profile balance"),
        ),
        (
            json!({ "expires_in": "words" }),
            7200,
            json!("profile balance"),
        ),
        (
            json!({ "expires_in": "huge" }),
            86_400,
            json!("profile balance"),
        ),
        (json!({ "scope": "absent" }), 3600, Value::Null),
        (json!({ "scope": "narrower" }), 3600, json!("profile")),
        (
            json!({ "token_type": "lower" }),
            3600,
            json!("profile balance"),
        ),
        (
            json!({ "token_type": "upper" }),
            3600,
            json!("profile balance"),
        ),
        (
            json!({ "token_type": "absent" }),
            3600,
            json!("profile balance"),
        ),
        (
            json!({ "token_type": "null" }),
            3600,
            json!("profile balance"),
        ),
        (json!({ "wrapped": true }), 3600, json!("profile balance")),
        (
            json!({ "token_bytes": 6000 }),
            3600,
            json!("profile balance"),
        ),
    ] {
        program.set(json!({ "token_shape": null })).await;
        program.set(json!({ "token_shape": shape })).await;
        let browser = program.browser();
        let answer = exchanged(&browser).await;
        assert_eq!(answer.status, 200, "{shape}: {}", answer.text());
        let told = answer.json();
        let seconds = told["expires_in"].as_u64().unwrap();
        assert!(
            (lifetime - 10..=lifetime).contains(&seconds),
            "{shape}: {told}"
        );
        assert_eq!(told["scope"], scope, "{shape}");
        // A refresh is read the same way.
        program.forget_counts().await;
        program.expire_tokens("demo").await;
        assert_eq!(
            browser.fetch("GET", "/api/user/info").await.status,
            200,
            "{shape}"
        );
        assert_eq!(program.count("refreshes_granted").await, 1, "{shape}");
    }
}

#[tokio::test]
async fn a_lifetime_that_cannot_be_still_gives_a_session_that_works() {
    let program = Program::start().await;
    for shape in ["zero", "negative"] {
        program
            .set(json!({ "token_shape": { "expires_in": shape } }))
            .await;
        let browser = program.browser();
        browser.sign_in().await;
        for _ in 0..3 {
            assert_eq!(
                browser.fetch("GET", "/api/user/info").await.status,
                200,
                "{shape}"
            );
        }
        assert!(browser.is_signed_in().await);
    }
}

#[tokio::test]
async fn a_token_of_another_type_is_refused() {
    let program = Program::start().await;
    program
        .set(json!({ "token_shape": { "token_type": "mac" } }))
        .await;
    let browser = program.browser();
    let callback = browser.come_back("").await;
    assert_eq!(
        browser.arrive(&callback).await.location(),
        "/?error=server_error"
    );
}

#[tokio::test]
async fn without_a_new_refresh_token_the_old_one_is_kept_and_a_rotated_one_replaces_it() {
    let program = Program::start().await;
    let browser = program.browser();
    browser.sign_in().await;
    for absent in [true, false, true, true, false, false] {
        program
            .set(json!({ "token_shape": { "refresh_token_absent": absent } }))
            .await;
        program.expire_tokens("demo").await;
        assert_eq!(
            browser.fetch("GET", "/api/user/info").await.status,
            200,
            "absent: {absent}"
        );
    }
    assert_eq!(program.count("refreshes_granted").await, 6);
    assert_eq!(program.count("reuses").await, 0);
}

#[tokio::test]
async fn the_account_is_passed_on_as_it_was_sent() {
    let program = Program::start().await;
    let browser = program.browser();
    browser.sign_in().await;
    let info = async |settings: Value, account: Value| {
        program.set(json!({ "userinfo_shape": null })).await;
        program.set(json!({ "userinfo_shape": settings })).await;
        let change = json!({ "quota": 1_000_000, "used_quota": 250_000, "balance_formatted": null, "userinfo_override": account });
        program
            .sandbox(reqwest::Method::PATCH, "users/demo", change)
            .await;
        let answer = browser.fetch("GET", "/api/user/info").await;
        assert_eq!(
            answer.status,
            200,
            "{settings} {account}: {}",
            answer.text()
        );
        (answer.json(), answer.text())
    };
    let (plain, _) = info(json!({}), json!({})).await;
    assert_eq!(plain["id"], 12345);
    assert_eq!(plain["quota"], 1_000_000);
    assert_eq!(plain["balance_formatted"], "2.00");
    assert_eq!(plain["status"], 1);

    for (settings, account, member, expected) in [
        (
            json!({ "numbers": "float" }),
            json!({}),
            "quota",
            "1000000.5",
        ),
        (
            json!({ "numbers": "string" }),
            json!({}),
            "quota",
            "\"1000000\"",
        ),
        (
            json!({ "numbers": "decimal_string" }),
            json!({}),
            "quota",
            "\"1000000.25\"",
        ),
        (
            json!({ "numbers": "negative" }),
            json!({}),
            "quota",
            "-1000000",
        ),
        (
            json!({ "numbers": "beyond_double" }),
            json!({}),
            "quota",
            "\"9007199255740993\"",
        ),
        (json!({ "wrapped": true }), json!({}), "quota", "1000000"),
        (
            json!({}),
            json!({ "id": 9_007_199_254_740_993_u64 }),
            "id",
            "\"9007199254740993\"",
        ),
        (json!({}), json!({ "id": "u-1" }), "id", "\"u-1\""),
        (
            json!({}),
            json!({ "balance_formatted": "¥ 1,5 <b>" }),
            "balance_formatted",
            "\"¥ 1,5 <b>\"",
        ),
        (
            json!({}),
            json!({ "balance_formatted": "-2.50" }),
            "balance_formatted",
            "\"-2.50\"",
        ),
        (
            json!({ "absent": ["balance_formatted"] }),
            json!({}),
            "balance_formatted",
            "\"2.00\"",
        ),
        (
            json!({ "null": ["balance_formatted"] }),
            json!({}),
            "balance_formatted",
            "\"2.00\"",
        ),
        (
            json!({ "null": ["balance_formatted"], "numbers": "negative" }),
            json!({}),
            "balance_formatted",
            "\"-2.00\"",
        ),
        (json!({}), json!({ "status": 7 }), "status", "7"),
    ] {
        let (_, text) = info(settings.clone(), account.clone()).await;
        assert!(
            text.contains(&format!("\"{member}\":{expected}")),
            "{settings} {account}: {text}"
        );
    }

    for settings in [
        json!({ "absent": ["id", "email", "quota", "used_quota", "balance_formatted"] }),
        json!({ "null": ["id", "email", "quota", "used_quota", "balance_formatted"] }),
    ] {
        let (told, _) = info(
            settings.clone(),
            json!({ "secret_note": "x", "access_token": "y" }),
        )
        .await;
        let mut members: Vec<&String> = told.as_object().unwrap().keys().collect();
        members.sort();
        assert_eq!(
            members,
            ["created_time", "status", "username"],
            "{settings}: documented fields only"
        );
        assert_eq!(browser.page_state().await, "signed_in");
    }
}

#[tokio::test]
async fn the_page_shows_what_the_provider_says_of_the_account_and_never_as_markup() {
    let program = Program::start().await;
    let browser = program.browser();
    browser.sign_in().await;
    let page = async |account: Value| {
        let change = json!({ "userinfo_override": account });
        program
            .sandbox(reqwest::Method::PATCH, "users/demo", change)
            .await;
        browser.open("/").await.text()
    };
    let shown = page(
        json!({ "username": "<script>alert(1)</script>", "balance_formatted": "<img src=x>" }),
    )
    .await;
    assert!(
        !shown.contains("<script>alert") && !shown.contains("<img src=x>"),
        "{shown}"
    );
    assert!(shown.contains("&lt;script&gt;"), "{shown}");
    assert!(
        page(json!({ "balance_formatted": "-2.50" }))
            .await
            .contains("is-negative")
    );
    assert!(
        page(json!({ "balance_formatted": null, "quota": null }))
            .await
            .contains("is-missing")
    );
    assert!(
        page(json!({ "status": 7 }))
            .await
            .contains("data-status=\"7\"")
    );
    for status in [2, 3] {
        let shown = page(json!({ "status": status })).await;
        assert!(
            shown.contains(&format!("data-status=\"{status}\"")),
            "{shown}"
        );
        browser
            .fetch("GET", "/api/user/info")
            .await
            .is_problem(403, "forbidden");
        assert!(browser.is_signed_in().await);
    }
}

#[tokio::test]
async fn a_top_up_link_is_taken_in_every_shape_and_only_to_an_allowed_host() {
    let program = Program::start().await;
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
    let program =
        Program::start_with(&[("BFF_TOPUP__FALLBACK_URL", "https://pay.example/top-up")]).await;
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
