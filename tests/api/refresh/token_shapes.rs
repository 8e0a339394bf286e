//! Valid token answers in every shape.

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

/// Covers: RFC9068-6-1, RFC6749-5.1-2
#[tokio::test]
async fn token_answers_are_taken_in_every_shape_that_is_not_wrong() {
    let program = BINARY.start().await;
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

/// Covers: RFC6749-5.1-2
#[tokio::test]
async fn a_lifetime_that_cannot_be_still_gives_a_session_that_works() {
    let program = BINARY.start().await;
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
    let program = BINARY.start().await;
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

/// Covers: RFC6749-6-2
#[tokio::test]
async fn without_a_new_refresh_token_the_old_one_is_kept_and_a_rotated_one_replaces_it() {
    let program = BINARY.start().await;
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
