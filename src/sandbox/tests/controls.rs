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

#[tokio::test]
async fn the_forms_of_the_page_do_what_they_say_without_a_script() {
    let bench = Bench::new().await;
    let submit = async |path: &str, form: &[(&str, &str)]| {
        let response = bench.post(path).form(form).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        response.headers()["location"].to_str().unwrap().to_owned()
    };
    let fault = [
        ("endpoint", "userinfo"),
        ("fault", "html_404"),
        ("times", ""),
        ("when", "before"),
    ];
    assert_eq!(
        submit("/sandbox/form/fault", &fault).await,
        "/sandbox?done=1#faults"
    );
    let faults = answer(bench.get("/sandbox/api/faults")).await.json;
    assert_eq!(
        (&faults["faults"][0]["fault"], &faults["faults"][0]["times"]),
        (&json!("html_404"), &Value::Null)
    );
    submit("/sandbox/form/clear-faults", &[]).await;
    assert_eq!(
        answer(bench.get("/sandbox/api/faults")).await.json["faults"],
        json!([])
    );

    let user = [
        ("name", "demo"),
        ("do", "save"),
        ("quota", "5"),
        ("used_quota", "0"),
        ("status", "3"),
    ];
    assert_eq!(
        submit("/sandbox/form/user", &user).await,
        "/sandbox?done=1#accounts"
    );
    let users = answer(bench.get("/sandbox/api/users")).await.json;
    assert_eq!(
        (&users[0]["quota"], &users[0]["status"]),
        (&json!(5), &json!(3))
    );
    let nobody = [("name", "nobody"), ("do", "revoke")];
    assert_eq!(
        submit("/sandbox/form/user", &nobody).await,
        "/sandbox?refused=1#accounts"
    );

    submit(
        "/sandbox/form/settings",
        &[("token_lifetime", "60"), ("rotation", "1")],
    )
    .await;
    let settings = answer(bench.get("/sandbox/api/settings")).await.json;
    assert_eq!(
        (&settings["token_lifetime"], &settings["rotation"]),
        (&json!(60), &json!(true))
    );
    submit("/sandbox/form/clock", &[("seconds", "60")]).await;
    assert_eq!(
        answer(bench.get("/sandbox/api/clock")).await.json["advanced_seconds"],
        60
    );
    submit("/sandbox/form/clear-log", &[]).await;
    submit("/sandbox/form/reset", &[]).await;
    let settings = answer(bench.get("/sandbox/api/settings")).await.json;
    assert_eq!(settings["token_lifetime"], 7_200);
}

#[tokio::test]
async fn pages_carry_a_strict_policy_once_and_the_opener_policy_on_request() {
    let bench = Bench::new().await;
    for path in [
        "/sandbox",
        "/sandbox/top-up",
        "/sandbox/static/control.js",
        &authorize_path(&[]),
    ] {
        let page = bench.get(path).send().await.unwrap();
        let policies: Vec<_> = page
            .headers()
            .get_all("content-security-policy")
            .iter()
            .collect();
        assert_eq!(policies.len(), 1, "{path}");
        let policy = policies[0].to_str().unwrap();
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
        assert!(!policy.contains("unsafe"));
        assert_eq!(page.headers()["x-content-type-options"], "nosniff");
        assert!(page.headers().get("cross-origin-opener-policy").is_none());
        let body = page.text().await.unwrap();
        assert!(
            !body.contains("<script>") && !body.contains(" style=") && !body.contains("<style")
        );
    }
    bench
        .set(json!({"coop": "same-origin", "signed_in_as": "demo"}))
        .await;
    for path in [
        "/sandbox",
        &authorize_path(&[]),
        &authorize_path(&[("auto_authorize", "false")]),
    ] {
        let page = bench.get(path).send().await.unwrap();
        assert_eq!(
            page.headers()["cross-origin-opener-policy"],
            "same-origin",
            "{path}"
        );
    }
    let server_call = bench.get("/api/oauth2/userinfo").send().await.unwrap();
    assert!(
        server_call
            .headers()
            .get("cross-origin-opener-policy")
            .is_none()
    );
}
