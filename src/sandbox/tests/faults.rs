//! Every fault of the catalogue, as a client sees it.

use std::collections::HashMap;

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::support::*;
use crate::sandbox::catalogue::{self, Effect};

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

#[tokio::test]
async fn a_hanging_call_is_announced_and_goes_on_when_the_fault_is_cleared() {
    let bench = Bench::signed_in().await;
    let (_, refresh_token) = bench.tokens().await;
    let before = bench.log().await["events"]
        .as_array()
        .unwrap()
        .last()
        .unwrap()["id"]
        .clone();
    bench
        .fault(json!({"endpoint": "token", "fault": "hang"}))
        .await;
    let waiting = tokio::spawn(bench.token_request(&refresh_form(&refresh_token)).send());
    let held = bench.next_event(before.as_u64().unwrap()).await;
    assert_eq!(
        (&held["endpoint"], &held["outcome"]),
        (&json!("token.refresh"), &json!("held"))
    );
    assert_eq!(bench.log().await["counters"]["refreshes_granted"], 0);
    assert!(!waiting.is_finished());
    bench.clear_faults().await;
    assert_eq!(waiting.await.unwrap().unwrap().status(), StatusCode::OK);
    let counters = bench.log().await["counters"].clone();
    assert_eq!(
        (&counters["refreshes"], &counters["refreshes_granted"]),
        (&json!(1), &json!(1))
    );
}

#[tokio::test]
async fn a_call_can_hang_after_it_has_acted() {
    let bench = Bench::signed_in().await;
    let (_, refresh_token) = bench.tokens().await;
    let before = bench.log().await["events"]
        .as_array()
        .unwrap()
        .last()
        .unwrap()["id"]
        .clone();
    bench
        .fault(json!({"endpoint": "token", "fault": "hang", "when": "after"}))
        .await;
    let waiting = tokio::spawn(bench.token_request(&refresh_form(&refresh_token)).send());
    let held = before.as_u64().unwrap() + 1;
    assert_eq!(bench.next_event(held).await["outcome"], "ok");
    let counters = bench.log().await["counters"].clone();
    assert_eq!(
        (&counters["refreshes"], &counters["refreshes_granted"]),
        (&json!(1), &json!(1))
    );
    bench.clear_faults().await;
    assert_eq!(waiting.await.unwrap().unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn slow_and_latency_give_the_right_answer_later() {
    let bench = Bench::signed_in().await;
    bench.set(json!({"latency_ms": 5})).await;
    let (access_token, _) = bench.tokens().await;
    for when in ["before", "after"] {
        bench
            .fault(json!({"endpoint": "userinfo", "fault": "slow", "ms": 5, "when": when}))
            .await;
        assert_eq!(bench.userinfo(&access_token).await.json["username"], "demo");
    }
}

#[tokio::test]
async fn a_body_can_break_off_stall_and_grow_beyond_measure() {
    let bench = Bench::new().await;
    let call = async || bench.get("/api/oauth2/userinfo").send().await.unwrap();
    bench
        .fault(json!({"endpoint": "userinfo", "fault": "cut_body"}))
        .await;
    let response = call().await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.content_length(), Some(100));
    assert!(response.bytes().await.is_err());

    bench
        .fault(json!({"endpoint": "userinfo", "fault": "stall_body"}))
        .await;
    let mut response = call().await;
    assert!(
        response
            .chunk()
            .await
            .unwrap()
            .unwrap()
            .starts_with(b"{\"access_token\"")
    );
    let rest = tokio::spawn(async move { response.chunk().await });
    bench.clear_faults().await;
    assert!(rest.await.unwrap().is_err());

    bench
        .fault(json!({"endpoint": "userinfo", "fault": "oversized", "bytes": 3_000_000}))
        .await;
    assert!(call().await.bytes().await.unwrap().len() >= 3_000_000);
}

#[tokio::test]
async fn a_redirect_that_is_followed_with_credentials_is_caught() {
    let bench = Bench::new().await;
    bench
        .fault(json!({"endpoint": "userinfo", "fault": "redirect", "times": null}))
        .await;
    let request = || bench.get("/api/oauth2/userinfo").bearer_auth("eyJ");
    let response = request().send().await.unwrap();
    assert_eq!(response.status(), StatusCode::FOUND);
    let elsewhere = response.headers()["location"].to_str().unwrap().to_owned();
    assert_eq!(bench.log().await["counters"]["redirects_followed"], 0);
    bench.client.get(&elsewhere).send().await.unwrap();
    bench
        .client
        .get(&elsewhere)
        .bearer_auth("eyJ")
        .send()
        .await
        .unwrap();
    let counters = bench.log().await["counters"].clone();
    assert_eq!(
        (
            &counters["redirects_followed"],
            &counters["credentials_leaked"]
        ),
        (&json!(2), &json!(1))
    );
    bench.clear_faults().await;
    let order = json!({"endpoint": "any", "fault": "redirect", "status": 307, "location": "https://evil.example/"});
    bench.fault(order).await;
    let response = request().send().await.unwrap();
    assert_eq!(response.status(), StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(response.headers()["location"], "https://evil.example/");
}
