//! The control page, its API, and who may call it.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::support::*;

#[tokio::test]
async fn accounts_can_be_changed_and_overridden() {
    let bench = Bench::signed_in().await;
    let (access_token, _) = bench.tokens().await;
    let patch = async |change: Value| {
        let request = bench.request(Method::PATCH, "/sandbox/api/users/demo");
        answer(request.json(&change)).await
    };
    patch(json!({"quota": -1_250_000, "status": 2, "email": null})).await;
    let account = bench.userinfo(&access_token).await.json;
    assert_eq!(account["balance_formatted"], "-2.50");
    assert_eq!(
        (&account["status"], &account["email"]),
        (&json!(2), &Value::Null)
    );
    patch(json!({"balance_formatted": "1,234.50", "userinfo_override": {"id": "twelve", "quota": 1.5}})).await;
    let account = bench.userinfo(&access_token).await.json;
    assert_eq!(account["balance_formatted"], "1,234.50");
    assert_eq!(
        (&account["id"], &account["quota"]),
        (&json!("twelve"), &json!(1.5))
    );
    patch(json!({"userinfo_override": null, "balance_formatted": null})).await;
    let account = bench.userinfo(&access_token).await.json;
    assert_eq!(
        (&account["id"], &account["balance_formatted"]),
        (&json!(12345), &json!("-2.50"))
    );
    assert_eq!(
        patch(json!({"password": "x"})).await.status,
        StatusCode::BAD_REQUEST
    );
    let other = bench
        .request(Method::PATCH, "/sandbox/api/users/nobody")
        .json(&json!({}));
    assert_eq!(answer(other).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn grants_can_be_revoked_and_access_tokens_expired_for_one_account() {
    let bench = Bench::signed_in().await;
    let (access_token, refresh_token) = bench.tokens().await;
    let expired = answer(bench.post("/sandbox/api/users/demo/expire")).await;
    assert_eq!(expired.json["expired"], 1);
    assert_eq!(
        bench.userinfo(&access_token).await.status,
        StatusCode::UNAUTHORIZED
    );
    let newer = bench.refresh(&refresh_token).await;
    assert_eq!(newer.status, StatusCode::OK);
    let revoked = answer(bench.post("/sandbox/api/users/demo/revoke")).await;
    assert_eq!(revoked.json["revoked"], 1);
    let refused = bench.refresh(&text(&newer.json, "refresh_token")).await;
    assert_eq!(refused.json["error"], "invalid_grant");
    for path in [
        "/sandbox/api/users/nobody/revoke",
        "/sandbox/api/users/nobody/expire",
    ] {
        assert_eq!(answer(bench.post(path)).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn the_log_and_every_page_and_answer_of_the_controls_hold_no_secret() {
    let bench = Bench::signed_in().await;
    let code = bench.code().await;
    let tokens = bench.exchange(&code).await.json;
    let secrets = [
        code,
        text(&tokens, "access_token"),
        text(&tokens, "refresh_token"),
        SECRET.to_owned(),
        VERIFIER.to_owned(),
        CHALLENGE.to_owned(),
        "the state".to_owned(),
    ];
    for path in [
        "",
        "/api/log",
        "/api/users",
        "/api/settings",
        "/api/faults",
        "/api/clock",
    ] {
        let shown = bench.get(&format!("/sandbox{path}")).send().await.unwrap();
        assert_eq!(shown.status(), StatusCode::OK);
        let shown = shown.text().await.unwrap();
        assert!(
            secrets.iter().all(|secret| !shown.contains(secret)),
            "{path}"
        );
    }
}

#[tokio::test]
async fn the_log_names_the_request_and_is_cleared() {
    let bench = Bench::signed_in().await;
    let (access_token, _) = bench.tokens().await;
    let request = bench.get("/api/oauth2/userinfo").bearer_auth(&access_token);
    answer(request.header("x-request-id", "id-7")).await;
    let log = bench.log().await;
    let event = log["events"].as_array().unwrap().last().unwrap();
    assert_eq!(
        (&event["request_id"], &event["user"]),
        (&json!("id-7"), &json!("demo"))
    );
    let counters = &log["counters"];
    assert_eq!(counters["token_requests"], 1);
    assert_eq!(counters["code_exchanges"], 1);
    assert_eq!(counters["userinfo_requests"], 1);
    bench
        .request(Method::DELETE, "/sandbox/api/log")
        .send()
        .await
        .unwrap();
    let log = bench.log().await;
    assert_eq!(
        (&log["events"], &log["counters"]["token_requests"]),
        (&json!([]), &json!(0))
    );
}

#[tokio::test]
async fn another_sites_page_cannot_use_the_controls_or_the_forms() {
    let bench = Bench::signed_in().await;
    for path in [
        "/sandbox/api/reset",
        "/sandbox/sign-in",
        "/sandbox/consent",
        "/sandbox/top-up",
        "/sandbox/form/reset",
    ] {
        for (name, value) in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("origin", "http://127.0.0.1:3000"),
            ("origin", "null"),
        ] {
            let refused = bench.post(path).header(name, value).send().await.unwrap();
            assert_eq!(
                refused.status(),
                StatusCode::FORBIDDEN,
                "{path} {name}: {value}"
            );
        }
    }
    let settings = answer(bench.get("/sandbox/api/settings")).await.json;
    assert_eq!(settings["signed_in_as"], "demo");
    let own = bench
        .post("/sandbox/api/reset")
        .header("origin", bench.sandbox.base_url());
    assert_eq!(own.send().await.unwrap().status(), StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn a_name_that_is_markup_stays_a_name() {
    let bench = Bench::new().await;
    let name = "<script>alert('x')</script>&\"";
    let cookie = bench.sign_in(name, "x").await.unwrap();
    let ask = authorize_path(&[("auto_authorize", ""), ("state", "\"><script>")]);
    for path in ["/sandbox", "/sandbox/top-up", &ask] {
        let page = bench
            .get(path)
            .header("cookie", &cookie)
            .send()
            .await
            .unwrap();
        assert_eq!(page.status(), StatusCode::OK);
        let html = page.text().await.unwrap();
        assert!(html.contains("&lt;script&gt;alert("), "{path}");
        assert!(!html.contains("<script>"), "{path}");
    }
}

#[tokio::test]
async fn reset_puts_everything_back() {
    let bench = Bench::signed_in().await;
    let (access_token, _) = bench.tokens().await;
    bench.sign_in("ada", "x").await.unwrap();
    bench
        .fault(json!({"endpoint": "any", "fault": "null", "times": null}))
        .await;
    answer(
        bench
            .post("/sandbox/api/clock")
            .json(&json!({"advance_seconds": 9})),
    )
    .await;
    assert_eq!(
        answer(bench.post("/sandbox/api/reset")).await.status,
        StatusCode::NO_CONTENT
    );
    assert_eq!(
        answer(bench.get("/sandbox/api/faults")).await.json["faults"],
        json!([])
    );
    assert_eq!(
        answer(bench.get("/sandbox/api/clock")).await.json["advanced_seconds"],
        0
    );
    assert_eq!(
        answer(bench.get("/sandbox/api/users"))
            .await
            .json
            .as_array()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(
        answer(bench.get("/sandbox/api/settings")).await.json["signed_in_as"],
        Value::Null
    );
    assert_eq!(
        bench.userinfo(&access_token).await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn what_the_controls_do_not_understand_they_refuse() {
    let bench = Bench::new().await;
    for (method, path, body) in [
        (Method::PATCH, "/sandbox/api/settings", r#"{"nonsense":1}"#),
        (Method::PATCH, "/sandbox/api/settings", "[]"),
        (Method::PATCH, "/sandbox/api/settings", "{"),
        (
            Method::POST,
            "/sandbox/api/faults",
            r#"{"endpoint":"token","fault":"nonsense"}"#,
        ),
        (
            Method::POST,
            "/sandbox/api/faults",
            r#"{"endpoint":"nowhere","fault":"null"}"#,
        ),
        (
            Method::POST,
            "/sandbox/api/clock",
            r#"{"advance_seconds":-1}"#,
        ),
        (
            Method::PATCH,
            "/sandbox/api/users/demo",
            r#"{"quota":"many"}"#,
        ),
    ] {
        let refused = answer(bench.request(method, path).body(body)).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{path} {body}");
    }
    let absent = bench.request(Method::DELETE, "/sandbox/api/faults/7");
    assert_eq!(answer(absent).await.status, StatusCode::NOT_FOUND);
}
