//! The authorization endpoint, sign-in, consent, and the top-up page, as a browser meets them.

use reqwest::StatusCode;
use reqwest::header::{COOKIE, SET_COOKIE};
use serde_json::json;

use super::support::*;

#[tokio::test]
async fn a_signed_out_user_signs_in_first_and_no_parameter_is_lost() {
    let bench = Bench::new().await;
    let page = bench.authorize(&[]).await;
    assert_eq!(page.status(), StatusCode::OK);
    let policy = page.headers()["content-security-policy"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(
        policy.contains("form-action 'self' http://127.0.0.1:9;"),
        "{policy}"
    );
    let html = page.text().await.unwrap();
    assert!(html.contains("Test &lt;App&gt;"));
    let action = html
        .split("action=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();

    let form = [("name", "demo"), ("password", "demo")];
    let signed_in = bench.post(action).form(&form).send().await.unwrap();
    let set = signed_in.headers()[SET_COOKIE].to_str().unwrap();
    assert!(set.starts_with("sandbox_user=") && set.contains("HttpOnly"));
    assert!(set.contains("SameSite=Lax") && set.contains("Path=/"));
    let back = signed_in.headers()["location"].to_str().unwrap();
    assert_eq!(back, authorize_path(&[]));

    let cookie = cookie(&signed_in).unwrap();
    let home = location(&bench.get(back).header(COOKIE, cookie).send().await.unwrap());
    assert_eq!(query_value(&home, "state").unwrap(), "the state & more");
    let code = query_value(&home, "code").unwrap();
    assert_eq!(bench.exchange(&code).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_wrong_password_shows_the_form_again_with_the_way_back() {
    let bench = Bench::new().await;
    let path = "/sandbox/sign-in?continue=%2Fsandbox%2Ftop-up";
    let form = [("name", "demo"), ("password", "wrong")];
    let page = bench.post(path).form(&form).send().await.unwrap();
    assert!(page.headers().get(SET_COOKIE).is_none());
    let html = page.text().await.unwrap();
    assert!(html.contains("continue=%2Fsandbox%2Ftop-up"));
    assert!(html.contains("role=\"alert\""));
}

#[tokio::test]
async fn signing_in_never_leads_away_from_the_sandbox() {
    let bench = Bench::new().await;
    for path in [
        "https://evil.example",
        "//evil.example",
        "/api/oauth2/authorize@evil",
        "/\\evil",
    ] {
        let form = [("name", "demo"), ("password", "demo")];
        let path: String = url::form_urlencoded::byte_serialize(path.as_bytes()).collect();
        let request = bench.post(&format!("/sandbox/sign-in?continue={path}"));
        let response = request.form(&form).send().await.unwrap();
        assert_eq!(response.headers()["location"], "/sandbox", "{path}");
    }
}

#[tokio::test]
async fn without_auto_authorize_the_person_decides() {
    let bench = Bench::new().await;
    let cookie = bench.sign_in("ada", "anything").await.unwrap();
    let ask = [("auto_authorize", "false")];
    let page = bench.authorize_as(&cookie, &ask).await;
    assert_eq!(page.status(), StatusCode::OK);
    let html = page.text().await.unwrap();
    assert!(html.contains("value=\"allow\"") && html.contains("ada"));

    let query = authorize_path(&ask);
    let consent = query.replace("/api/oauth2/authorize", "/sandbox/consent");
    let decide = async |decision| {
        let form = [("decision", decision)];
        let request = bench.post(&consent).header(COOKIE, &cookie).form(&form);
        location(&request.send().await.unwrap())
    };
    let denied = decide("deny").await;
    assert_eq!(query_value(&denied, "error").unwrap(), "access_denied");
    assert_eq!(query_value(&denied, "state").unwrap(), "the state & more");
    assert_eq!(query_value(&denied, "code"), None);
    let allowed = decide("allow").await;
    let code = query_value(&allowed, "code").unwrap();
    let tokens = bench.exchange(&code).await;
    let account = bench.userinfo(&text(&tokens.json, "access_token")).await;
    assert_eq!(account.json["username"], "ada");
}

#[tokio::test]
async fn consent_cannot_be_given_by_a_browser_that_is_not_signed_in() {
    let bench = Bench::new().await;
    let path = authorize_path(&[]).replace("/api/oauth2/authorize", "/sandbox/consent");
    let response = bench
        .post(&path)
        .form(&[("decision", "allow")])
        .send()
        .await
        .unwrap();
    let location = response.headers()["location"].to_str().unwrap();
    assert!(location.starts_with("/api/oauth2/authorize?"), "{location}");
}

#[tokio::test]
async fn an_unknown_client_or_another_redirect_uri_gets_a_page_and_never_a_redirect() {
    let bench = Bench::signed_in().await;
    let cases: [&[(&str, &str)]; 7] = [
        &[("client_id", "")],
        &[("client_id", "nobody")],
        &[("redirect_uri", "")],
        &[("redirect_uri", "https://evil.example/")],
        &[(
            "redirect_uri",
            "http://127.0.0.1:9/oauth/callback?fixed=1&x",
        )],
        &[("redirect_uri", "http://127.0.0.1:9/oauth/callback")],
        &[
            ("redirect_uri", REDIRECT_URI),
            ("redirect_uri", "https://evil.example/"),
        ],
    ];
    for case in cases {
        let response = bench.authorize(case).await;
        assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{case:?}");
        assert!(!response.text().await.unwrap().contains("evil"), "{case:?}");
    }
}

#[tokio::test]
async fn every_other_fault_of_the_request_goes_back_to_the_app() {
    let bench = Bench::signed_in().await;
    let plain = [("code_challenge_method", "plain")];
    let cases: [(&[(&str, &str)], &str); 9] = [
        (&[("response_type", "")], "invalid_request"),
        (&[("response_type", "token")], "unsupported_response_type"),
        (&[("scope", "profile admin")], "invalid_scope"),
        (
            &[("scope", "profile"), ("scope", "balance")],
            "invalid_request",
        ),
        (&plain, "invalid_request"),
        (&[("code_challenge_method", "")], "invalid_request"),
        (&[("code_challenge", "")], "invalid_request"),
        (&[("code_challenge", "short")], "invalid_request"),
        (
            &[("auto_authorize", "true"), ("auto_authorize", "true")],
            "invalid_request",
        ),
    ];
    for (case, error) in cases {
        let back = location(&bench.authorize(case).await);
        assert!(back.as_str().starts_with(REDIRECT_URI), "{case:?}");
        assert_eq!(query_value(&back, "error").unwrap(), error, "{case:?}");
        assert_eq!(query_value(&back, "state").unwrap(), "the state & more");
        assert_eq!(query_value(&back, "code"), None);
    }
}

#[tokio::test]
async fn pkce_can_be_left_out_unless_it_is_required() {
    let bench = Bench::signed_in().await;
    let without = [("code_challenge", ""), ("code_challenge_method", "")];
    assert!(query_value(&location(&bench.authorize(&without).await), "code").is_some());
    bench.set(json!({"require_pkce": true})).await;
    let back = location(&bench.authorize(&without).await);
    assert_eq!(query_value(&back, "error").unwrap(), "invalid_request");
}

#[tokio::test]
async fn signing_out_forgets_the_browser() {
    let bench = Bench::new().await;
    let cookie = bench.sign_in("demo", "demo").await.unwrap();
    let authorized = bench.authorize_as(&cookie, &[]).await;
    assert_eq!(authorized.status(), StatusCode::SEE_OTHER);
    let out = bench
        .post("/sandbox/sign-out")
        .header(COOKIE, &cookie)
        .send()
        .await
        .unwrap();
    assert!(
        out.headers()[SET_COOKIE]
            .to_str()
            .unwrap()
            .contains("Max-Age=0")
    );
    let page = bench.authorize_as(&cookie, &[]).await;
    assert_eq!(page.status(), StatusCode::OK);
}

#[tokio::test]
async fn topping_up_really_adds_to_the_balance() {
    let bench = Bench::new().await;
    let page = bench
        .get("/sandbox/top-up")
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(page.contains("name=\"password\""));
    let cookie = bench.sign_in("demo", "demo").await.unwrap();
    let add = async |amount: &str| {
        let form = [("amount", amount)];
        let request = bench
            .post("/sandbox/top-up")
            .header(COOKIE, &cookie)
            .form(&form);
        request.send().await.unwrap().headers()["location"]
            .to_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(add("50").await, "/sandbox/top-up?added=1");
    for nonsense in ["", "-5", "0", "1.5", "99999999999"] {
        assert_eq!(add(nonsense).await, "/sandbox/top-up");
    }
    let users = answer(bench.get("/sandbox/api/users")).await.json;
    assert_eq!(users[0]["balance"], "800.00");
}

#[tokio::test]
async fn the_redirect_back_can_go_wrong_on_request() {
    let bench = Bench::signed_in().await;
    let order = |fault| json!({"endpoint": "authorize", "fault": fault});
    let back = async |fault: serde_json::Value| {
        bench.fault(fault).await;
        let back = location(&bench.authorize(&[]).await);
        ["error", "code", "state"].map(|name| query_value(&back, name))
    };
    let state = Some("the state & more".to_owned());

    let mut chosen = order("redirect_error");
    chosen["error"] = json!("login_required");
    assert_eq!(
        back(chosen).await,
        [Some("login_required".into()), None, state.clone()]
    );
    let [error, code, none] = back(order("redirect_error_without_state")).await;
    assert_eq!(
        (error, code, none),
        (Some("temporarily_unavailable".into()), None, None)
    );
    let [error, code, none] = back(order("redirect_without_state")).await;
    assert!(error.is_none() && code.is_some() && none.is_none());
    let [error, code, foreign] = back(order("redirect_foreign_state")).await;
    assert!(error.is_none() && code.is_some() && foreign.is_some() && foreign != state);
    assert_eq!(
        back(order("redirect_without_code")).await,
        [None, None, state.clone()]
    );
    let healed = location(&bench.authorize(&[]).await);
    assert!(query_value(&healed, "code").is_some());
    assert_eq!(query_value(&healed, "state"), state);
}
