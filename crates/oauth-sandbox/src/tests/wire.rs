//! Faults of the network: calls that hang, come late, break off, or lead elsewhere.

use reqwest::StatusCode;
use serde_json::json;

use super::support::*;

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
