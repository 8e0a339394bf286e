//! Every shape of a good answer that the knobs can ask for.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::support::*;

#[tokio::test]
async fn the_token_answer_takes_every_shape() {
    let bench = Bench::signed_in().await;
    let absent = Value::Null;
    let cases = [
        (
            json!({"expires_in": "absent"}),
            "/expires_in",
            absent.clone(),
        ),
        (
            json!({"expires_in": "string"}),
            "/expires_in",
            json!("7200"),
        ),
        (json!({"expires_in": "float"}), "/expires_in", json!(7200.5)),
        (json!({"expires_in": "zero"}), "/expires_in", json!(0)),
        (json!({"expires_in": "negative"}), "/expires_in", json!(-1)),
        (
            json!({"expires_in": "huge"}),
            "/expires_in",
            json!(u64::MAX),
        ),
        (
            json!({"expires_in": "words"}),
            "/expires_in",
            json!("two hours"),
        ),
        (
            json!({"token_type": "absent"}),
            "/token_type",
            absent.clone(),
        ),
        (
            json!({"token_type": "lower"}),
            "/token_type",
            json!("bearer"),
        ),
        (
            json!({"token_type": "upper"}),
            "/token_type",
            json!("BEARER"),
        ),
        (json!({"token_type": "mac"}), "/token_type", json!("mac")),
        (json!({"scope": "absent"}), "/scope", absent),
        (json!({"scope": "narrower"}), "/scope", json!("profile")),
        (json!({"wrapped": true}), "/data/expires_in", json!(7200)),
    ];
    for (shape, pointer, expected) in cases {
        bench.set(json!({"token_shape": null})).await;
        bench.set(json!({"token_shape": shape})).await;
        let answer = bench.exchange(&bench.code().await).await;
        assert_eq!(answer.status, StatusCode::OK);
        let found = answer.json.pointer(pointer).cloned().unwrap_or_default();
        assert_eq!(found, expected, "{shape}");
    }
}

#[tokio::test]
async fn tokens_can_be_of_several_kilobytes() {
    let bench = Bench::signed_in().await;
    bench
        .set(json!({"token_shape": {"token_bytes": 6_000}}))
        .await;
    let (access_token, refresh_token) = bench.tokens().await;
    assert_eq!((access_token.len(), refresh_token.len()), (6_000, 6_000));
    assert_eq!(bench.userinfo(&access_token).await.status, StatusCode::OK);
    assert_eq!(bench.refresh(&refresh_token).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_refresh_may_keep_the_refresh_token() {
    let bench = Bench::signed_in().await;
    let (_, refresh_token) = bench.tokens().await;
    bench
        .set(json!({"token_shape": {"refresh_token_absent": true}}))
        .await;
    for _ in 0..2 {
        let answer = bench.refresh(&refresh_token).await;
        assert_eq!(answer.status, StatusCode::OK);
        assert_eq!(answer.json.get("refresh_token"), None);
    }
    bench
        .set(json!({"token_shape": null, "rotation": false}))
        .await;
    let same = bench.refresh(&refresh_token).await;
    assert_eq!(text(&same.json, "refresh_token"), refresh_token);
}

#[tokio::test]
async fn within_the_grace_a_spent_refresh_token_is_accepted() {
    let bench = Bench::signed_in().await;
    bench.set(json!({"rotation_grace": 60})).await;
    let (_, refresh_token) = bench.tokens().await;
    for _ in 0..2 {
        assert_eq!(bench.refresh(&refresh_token).await.status, StatusCode::OK);
    }
    answer(
        bench
            .post("/sandbox/api/clock")
            .json(&json!({"advance_seconds": 61})),
    )
    .await;
    assert_eq!(
        bench.refresh(&refresh_token).await.json["error"],
        "invalid_grant"
    );
}

#[tokio::test]
async fn userinfo_takes_every_shape() {
    let bench = Bench::signed_in().await;
    let (access_token, _) = bench.tokens().await;
    for (shape, pointer, expected) in [
        (json!({"numbers": "float"}), "/quota", json!(375_000_000.5)),
        (json!({"numbers": "string"}), "/quota", json!("375000000")),
        (
            json!({"numbers": "decimal_string"}),
            "/quota",
            json!("375000000.25"),
        ),
        (
            json!({"numbers": "negative"}),
            "/quota",
            json!(-375_000_000),
        ),
        (
            json!({"numbers": "beyond_double"}),
            "/quota",
            json!(375_000_000 + (1_i64 << 53) + 1),
        ),
        (json!({"wrapped": true}), "/data/username", json!("demo")),
        (json!({"null": ["email"]}), "/email", Value::Null),
    ] {
        bench.set(json!({"userinfo_shape": null})).await;
        bench.set(json!({"userinfo_shape": shape})).await;
        let account = bench.userinfo(&access_token).await.json;
        assert_eq!(account.pointer(pointer), Some(&expected), "{shape}");
    }
    let absent = ["email", "id", "balance_formatted"];
    bench
        .set(json!({"userinfo_shape": {"absent": absent}}))
        .await;
    let account = bench.userinfo(&access_token).await.json;
    assert!(absent.iter().all(|name| account.get(name).is_none()));
}

#[tokio::test]
async fn a_narrow_scope_hides_the_balance() {
    let bench = Bench::signed_in().await;
    let back = location(&bench.authorize(&[("scope", "profile")]).await);
    let tokens = bench
        .exchange(&query_value(&back, "code").unwrap())
        .await
        .json;
    assert_eq!(tokens["scope"], "profile");
    let account = bench.userinfo(&text(&tokens, "access_token")).await.json;
    assert_eq!(account["username"], "demo");
    for name in ["quota", "used_quota", "balance_formatted"] {
        assert_eq!(account.get(name), None);
    }
}

#[tokio::test]
async fn the_topup_answer_takes_every_shape() {
    let bench = Bench::signed_in().await;
    let (access_token, _) = bench.tokens().await;
    let url = "https://evil.example/pay";
    for (shape, expected) in [
        ("documented", json!({"topup_url": url})),
        (
            "data_object",
            json!({"success": true, "data": {"topup_url": url}}),
        ),
        ("data_string", json!({"success": true, "data": url})),
        ("absent", json!({})),
    ] {
        bench
            .set(json!({"topup_shape": shape, "topup_url": url}))
            .await;
        let topup = answer(bench.get("/api/oauth2/topup").bearer_auth(&access_token)).await;
        assert_eq!(topup.json, expected);
    }
}

#[tokio::test]
async fn refusals_take_every_shape_of_the_family() {
    let bench = Bench::signed_in().await;
    for (style, status, pointer) in [
        ("oauth", 400, "/error_description"),
        ("error_object", 400, "/error/code"),
        ("error_object200", 200, "/error/code"),
        ("success_false", 400, "/code"),
        ("success_false200", 200, "/message"),
        ("message_error200", 200, "/data"),
    ] {
        bench.set(json!({"error_style": style})).await;
        let refused = bench.refresh("refresh_unknown").await;
        assert_eq!(refused.status.as_u16(), status, "{style}");
        assert!(
            refused.json.pointer(pointer).is_some(),
            "{style}: {}",
            refused.json
        );
    }
}
