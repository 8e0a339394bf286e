//! Tokens stay on the server, opaque and the same on every replica.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use crate::support::scripted_provider::Scripted;
use crate::support::*;

/// Covers: RFC9068-6-1, RFC6750-2-1
#[tokio::test]
async fn an_access_token_is_not_looked_into() {
    let coded = |part: &str| URL_SAFE_NO_PAD.encode(part);
    let expired = format!(
        "{}.{}.c2ln",
        coded("{\"alg\":\"none\"}"),
        coded("{\"exp\":1,\"iss\":\"https://evil.test\",\"aud\":\"nobody\"}")
    );
    for token in ["x", &expired, &"eyJ~+/=.".repeat(768), "a.b.c", "...."] {
        let provider = Scripted::start().await;
        provider
            .gives(json!({
                "access_token": token, "refresh_token": "rt", "token_type": "Bearer", "expires_in": 3600
            }))
            .await;
        provider.knows_the_account().await;
        let browser = provider.program.browser();
        let answer = provider.come_back(&browser, "c", &[]).await;
        assert_eq!(answer.location(), "/?login=success", "{token:.40}");
        let info = browser.fetch("GET", "/api/user/info").await;
        assert_eq!(info.status, 200, "{token:.40}: {}", info.text());
        assert_eq!(
            provider.forms().await.len(),
            1,
            "{token:.40}: no refresh before its time"
        );
        for bearer in provider.calls().await {
            assert_eq!(bearer, format!("Bearer {token}"));
        }
    }
}

/// Covers: BFF-6.1.2.1-1
#[tokio::test]
async fn both_replicas_say_the_same_of_a_session() {
    let redis = RedisServer::start("").await;
    let store = format!("redis://127.0.0.1:{}", redis.port());
    let replicas = Replicas::start(BINARY, &store, &[]).await;
    let here = replicas.one.browser();
    let there = replicas.moved(&here);
    let signed_out = json!({ "authenticated": false });
    for browser in [&here, &there] {
        let answer = browser.fetch("GET", "/api/session").await;
        assert_eq!((answer.status, answer.json()), (200, signed_out.clone()));
        assert!(answer.all("set-cookie").is_empty());
    }
    here.sign_in().await;
    let there = replicas.moved(&here);
    let told = |answer: Answer| {
        let mut told = answer.json();
        let seconds = told["expires_in"].take().as_u64().expect("seconds");
        (told, seconds)
    };
    let (ours, left) = told(here.fetch("GET", "/api/session").await);
    let (theirs, left_there) = told(there.fetch("GET", "/api/session").await);
    assert_eq!(ours, theirs);
    assert_eq!(ours["authenticated"], true);
    assert!(left.abs_diff(left_there) <= 5, "{left} {left_there}");
}
