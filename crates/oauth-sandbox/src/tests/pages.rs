//! The control page's forms, and the headers of everything that a browser is shown.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::support::*;

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
