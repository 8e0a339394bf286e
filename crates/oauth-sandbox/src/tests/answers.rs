//! The API that the developer of an app chooses.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::support::{Answer, Bench, answer, settings};
use crate::SandboxSettings;

async fn call(bench: &Bench, method: Method, path: &str) -> Answer {
    let (token, _) = bench.tokens().await;
    answer(bench.request(method, path).bearer_auth(token)).await
}

async fn set(bench: &Bench, order: Value) -> StatusCode {
    let order = bench
        .request(Method::PUT, "/sandbox/api/answers")
        .json(&order);
    order.send().await.unwrap().status()
}

#[tokio::test]
async fn a_file_answers_the_path_of_its_name_to_a_valid_token() {
    let folder = TempDir::new().unwrap();
    std::fs::create_dir(folder.path().join("v1")).unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("v1/models.json", r#"{"data":[1]}"#);
    write("v1/chat.post.json", r#"{"text":"hello"}"#);
    let bench = Bench::with(SandboxSettings {
        answers: Some(folder.path().to_owned()),
        ..settings()
    })
    .await;
    bench.set(json!({ "signed_in_as": "demo" })).await;

    let got = call(&bench, Method::GET, "/v1/models?limit=5").await;
    assert_eq!(
        (got.status, got.json),
        (StatusCode::OK, json!({ "data": [1] }))
    );
    let got = call(&bench, Method::POST, "/v1/chat").await;
    assert_eq!(got.json, json!({ "text": "hello" }));
    for (method, path) in [(Method::POST, "/v1/models"), (Method::GET, "/v1/other")] {
        let got = call(&bench, method, path).await;
        assert_eq!(got.status, StatusCode::NOT_FOUND, "{path}");
    }
    let without_token = answer(bench.get("/v1/models")).await;
    assert_eq!(without_token.status, StatusCode::UNAUTHORIZED);

    // A change shows at once.
    write("v1/models.json", "[]");
    let got = call(&bench, Method::GET, "/v1/models").await;
    assert_eq!(got.json, json!([]));
    write("v1/models.json", "{");
    let got = call(&bench, Method::GET, "/v1/models").await;
    assert_eq!(got.status, StatusCode::INTERNAL_SERVER_ERROR);
    let told = got.json["error"]["message"].as_str().unwrap();
    assert!(told.contains("v1/models.json is not JSON"), "{told}");
}

#[tokio::test]
async fn an_answer_that_is_set_has_its_status_and_is_removed_again() {
    let bench = Bench::signed_in().await;
    let order =
        json!({ "method": "post", "path": "/v1/chat", "status": 402, "body": { "a": null } });
    assert_eq!(set(&bench, order).await, StatusCode::NO_CONTENT);
    let got = call(&bench, Method::POST, "/v1/chat").await;
    assert_eq!(got.status, StatusCode::PAYMENT_REQUIRED);
    assert_eq!(got.json, json!({ "a": null }));
    let set_answers = answer(bench.get("/sandbox/api/answers")).await.json;
    assert_eq!(set_answers[0]["method"], "POST");
    let log = bench.log().await;
    assert_eq!(log["counters"]["api_requests"], 1);
    let event = log["events"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&event["endpoint"], &event["path"]),
        (&json!("api"), &json!("/v1/chat"))
    );

    bench
        .fault(json!({ "endpoint": "api", "fault": "html_502" }))
        .await;
    let got = call(&bench, Method::POST, "/v1/chat").await;
    assert_eq!(got.status, StatusCode::BAD_GATEWAY);

    let removal = bench.request(Method::DELETE, "/sandbox/api/answers");
    assert_eq!(
        removal.send().await.unwrap().status(),
        StatusCode::NO_CONTENT
    );
    let got = call(&bench, Method::POST, "/v1/chat").await;
    assert_eq!(got.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_answer_without_a_usable_path_or_status_is_refused() {
    let bench = Bench::new().await;
    for order in [
        json!({ "path": "v1", "body": 1 }),
        json!({ "path": "/v1?a=b", "body": 1 }),
        json!({ "path": "/v1", "status": 99, "body": 1 }),
        json!({ "path": "/v1" }),
        json!({ "path": "/v1", "body": 1, "more": 1 }),
    ] {
        assert_eq!(
            set(&bench, order.clone()).await,
            StatusCode::BAD_REQUEST,
            "{order}"
        );
    }
}
