//! `POST /api/oauth/exchange-token`: for front ends that receive the callback themselves.

use serde_json::{Value, json};

use crate::support::*;

async fn exchange(browser: &Browser, body: &Value) -> Answer {
    let request = fetch("POST", "/api/oauth/exchange-token")
        .header("Content-Type", "application/json")
        .body(body.to_string());
    browser.send(request, Initiator::SameOrigin).await
}

fn body_of(callback: &url::Url) -> Value {
    json!({ "code": parameter(callback, "code"), "state": parameter(callback, "state") })
}

#[tokio::test]
async fn a_front_end_finishes_the_login_and_sees_no_token() {
    let program = BINARY.start().await;
    let browser = program.browser();
    let callback = browser.come_back("").await;
    let answer = exchange(&browser, &body_of(&callback)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let told = answer.json();
    let mut members: Vec<&String> = told.as_object().unwrap().keys().collect();
    members.sort();
    assert_eq!(members, ["expires_in", "scope"]);
    assert_eq!(told["scope"], "profile balance");
    assert!(
        told["expires_in"]
            .as_u64()
            .is_some_and(|n| (7190..=7200).contains(&n))
    );
    assert_eq!(browser.jar().attempts().len(), 0);
    assert_eq!(browser.fetch("GET", "/api/user/info").await.status, 200);
    exchange(&browser, &body_of(&callback))
        .await
        .is_problem(400, "invalid_state");
}

#[tokio::test]
async fn its_errors_are_the_callbacks() {
    let program = BINARY
        .start_with(&[
            ("BFF_PROVIDER__TOTAL_TIMEOUT", "2s"),
            ("BFF_PROVIDER__CONNECT_TIMEOUT", "2s"),
        ])
        .await;
    for (fault, status, error) in [
        ("oauth_error_400", 400, "authorization_failed"),
        ("html_502", 503, "provider_unavailable"),
        ("hang", 503, "provider_unavailable"),
        ("html_200", 502, "server_error"),
        ("account_disabled_403", 403, "account_disabled"),
    ] {
        let browser = program.browser();
        let callback = browser.come_back("").await;
        program.break_always("token", fault).await;
        let answer = exchange(&browser, &body_of(&callback)).await;
        answer.is_problem(status, error);
        assert_eq!(
            answer.header("retry-after").is_some(),
            status == 503,
            "{fault}"
        );
        assert!(answer.set_cookie("session").is_empty());
        assert_eq!(
            browser.jar().attempts().len(),
            0,
            "{fault}: the spent attempt's cookie goes"
        );
        program.mend().await;
    }
}

#[tokio::test]
async fn what_is_not_this_browsers_or_not_json_is_refused() {
    let program = BINARY.start().await;
    let browser = program.browser();
    let callback = browser.come_back("").await;
    let whole = body_of(&callback);
    exchange(&program.browser(), &whole)
        .await
        .is_problem(400, "invalid_state");
    for body in [json!([]), json!(null), json!({ "code": 1, "state": 2 })] {
        exchange(&browser, &body)
            .await
            .is_problem(400, "bad_request");
    }
    for body in [
        json!({}),
        json!({ "code": "x" }),
        json!({ "state": whole["state"] }),
        json!({ "code": "", "state": whole["state"] }),
        json!({ "code": "x", "error": "access_denied", "state": whole["state"] }),
    ] {
        exchange(&browser, &body)
            .await
            .is_problem(400, "missing_parameters");
    }
    let form = fetch("POST", "/api/oauth/exchange-token")
        .header("Content-Type", "application/x-www-form-urlencoded")
        .body(callback.query().unwrap_or_default());
    browser
        .send(form, Initiator::SameOrigin)
        .await
        .is_problem(400, "bad_request");
    let foreign = Request::new("POST", "/api/oauth/exchange-token")
        .header("Sec-Fetch-Site", "same-site")
        .header("Content-Type", "application/json")
        .body(whole.to_string());
    browser
        .send(foreign, Initiator::SameSite)
        .await
        .is_problem(403, "csrf_rejected");
    assert_eq!(program.count("token_requests").await, 0);
    assert_eq!(
        exchange(&browser, &whole).await.status,
        200,
        "nothing was spent"
    );
}
