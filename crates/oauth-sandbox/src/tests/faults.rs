//! Every fault of the catalogue, as a client sees it.

use std::collections::HashMap;

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::support::*;
use crate::catalogue::{self, Effect};

#[tokio::test]
async fn every_canned_answer_has_the_status_and_the_kind_of_body_that_its_name_says() {
    let bench = Bench::new().await;
    for fault in catalogue::ALL {
        let Effect::Answer(expected) = fault.effect else {
            continue;
        };
        bench
            .fault(json!({"endpoint": "userinfo", "fault": fault.name}))
            .await;
        let response = bench.get("/api/oauth2/userinfo").send().await.unwrap();
        assert_eq!(
            response.status().as_u16(),
            expected.status,
            "{}",
            fault.name
        );
        let content_type = response.headers().get("content-type").cloned();
        let body = response.text().await.unwrap();
        assert!(
            !body.contains("{error}") && !body.contains("{message}"),
            "{body}"
        );
        assert_eq!(body.is_empty(), expected.body.is_empty(), "{}", fault.name);
        if !body.is_empty() {
            assert_eq!(content_type.unwrap(), expected.content_type);
            let is_json = serde_json::from_str::<Value>(&body).is_ok();
            let should_be = !fault.name.starts_with("html") && fault.name != "truncated_json";
            assert_eq!(is_json, should_be, "{}: {body}", fault.name);
        }
    }
}

#[tokio::test]
async fn the_shapes_of_this_family_are_what_they_should_be() {
    let bench = Bench::new().await;
    let shapes: HashMap<&str, Value> = HashMap::from([
        (
            "oauth_error_400",
            json!({"error": "E", "error_description": "M \"x\""}),
        ),
        (
            "success_false_200",
            json!({"success": false, "message": "M \"x\""}),
        ),
        (
            "success_false_code_401",
            json!({"success": false, "code": "E", "message": "M \"x\""}),
        ),
        (
            "error_object_500",
            json!({"error": {"message": "M \"x\"", "type": "sandbox_api_error", "param": "", "code": "E"}}),
        ),
        (
            "message_error_200",
            json!({"message": "error", "data": "M \"x\""}),
        ),
    ]);
    for (fault, shape) in shapes {
        let order =
            json!({"endpoint": "topup", "fault": fault, "error": "E", "message": "M \"x\""});
        bench.fault(order).await;
        assert_eq!(answer(bench.get("/api/oauth2/topup")).await.json, shape);
    }
    bench
        .fault(json!({"endpoint": "topup", "fault": "success_false_code_403"}))
        .await;
    let refused = answer(bench.get("/api/oauth2/topup")).await;
    assert_eq!(refused.json["code"], "AUTH_TOKEN_EXPIRED");
}

#[tokio::test]
async fn every_endpoint_has_its_own_faults_and_no_others() {
    let bench = Bench::new().await;
    let endpoints = [
        ("authorize", "GET", "/api/oauth2/authorize", ""),
        ("consent", "POST", "/sandbox/consent", ""),
        ("token", "POST", "/api/oauth2/token", "grant_type=other"),
        (
            "token.code",
            "POST",
            "/api/oauth2/token",
            "grant_type=authorization_code",
        ),
        (
            "token.refresh",
            "POST",
            "/api/oauth2/token",
            "grant_type=refresh_token",
        ),
        ("revoke", "POST", "/api/oauth2/revoke", ""),
        ("userinfo", "GET", "/api/oauth2/userinfo", ""),
        ("topup", "GET", "/api/oauth2/topup", ""),
        ("oauth_apps", "POST", "/api/oauth_apps", ""),
    ];
    for (faulty, ..) in endpoints {
        bench
            .fault(json!({"endpoint": faulty, "fault": "html_504", "times": null}))
            .await;
        for (endpoint, method, path, body) in endpoints {
            let request = bench.request(method.parse().unwrap(), path);
            let request = request.header("content-type", "application/x-www-form-urlencoded");
            let answer = answer(request.body(body)).await;
            let should_fail = endpoint == faulty
                || endpoint
                    .strip_prefix("token.")
                    .is_some_and(|_| faulty == "token");
            assert_eq!(
                answer.status == StatusCode::GATEWAY_TIMEOUT,
                should_fail,
                "{endpoint} while {faulty}"
            );
        }
        bench.clear_faults().await;
    }
}

#[tokio::test]
async fn a_status_and_a_retry_after_can_be_chosen() {
    let bench = Bench::new().await;
    let order = json!({"endpoint": "any", "fault": "empty_429", "status": 418, "retry_after": 7});
    bench.fault(order).await;
    let response = bench.get("/api/oauth2/userinfo").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::IM_A_TEAPOT);
    assert_eq!(response.headers()["retry-after"], "7");
    bench
        .fault(json!({"endpoint": "any", "fault": "empty_429"}))
        .await;
    let response = bench.get("/api/oauth2/userinfo").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::TOO_MANY_REQUESTS);
    assert!(response.headers().get("retry-after").is_none());
}

#[tokio::test]
async fn a_fault_before_acting_leaves_the_token_good_and_one_after_spends_it() {
    let bench = Bench::signed_in().await;
    let (_, refresh_token) = bench.tokens().await;
    bench
        .fault(json!({"endpoint": "token.refresh", "fault": "html_502"}))
        .await;
    let lost = bench
        .token_request(&refresh_form(&refresh_token))
        .send()
        .await
        .unwrap();
    assert_eq!(lost.status(), StatusCode::BAD_GATEWAY);
    assert_eq!(bench.log().await["counters"]["refreshes_granted"], 0);

    bench
        .fault(json!({"endpoint": "token.refresh", "fault": "html_502", "when": "after"}))
        .await;
    let lost = bench
        .token_request(&refresh_form(&refresh_token))
        .send()
        .await
        .unwrap();
    assert_eq!(lost.status(), StatusCode::BAD_GATEWAY);
    let log = bench.log().await;
    assert_eq!(log["counters"]["refreshes_granted"], 1);
    let last = log["events"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&last["outcome"], &last["fault"]),
        (&json!("ok"), &json!("html_502"))
    );
    assert_eq!(
        bench.refresh(&refresh_token).await.json["error"],
        "invalid_grant"
    );
}

#[tokio::test]
async fn drop_closes_before_the_answer_and_drop_after_has_acted() {
    let bench = Bench::signed_in().await;
    let (_, refresh_token) = bench.tokens().await;
    bench
        .fault(json!({"endpoint": "token.refresh", "fault": "drop"}))
        .await;
    let lost = bench
        .token_request(&refresh_form(&refresh_token))
        .send()
        .await;
    assert!(lost.unwrap_err().is_request());
    assert_eq!(bench.log().await["counters"]["refreshes_granted"], 0);
    bench
        .fault(json!({"endpoint": "token.refresh", "fault": "drop_after"}))
        .await;
    let lost = bench
        .token_request(&refresh_form(&refresh_token))
        .send()
        .await;
    assert!(lost.unwrap_err().is_request());
    let counters = bench.log().await["counters"].clone();
    assert_eq!(
        (&counters["refreshes"], &counters["refreshes_granted"]),
        (&json!(2), &json!(1))
    );
    assert_eq!(
        bench.refresh(&refresh_token).await.json["error"],
        "invalid_grant"
    );
}
