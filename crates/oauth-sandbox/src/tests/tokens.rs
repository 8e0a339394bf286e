//! The token and revocation endpoints, registration, and what access tokens open, as a server meets them.

use reqwest::StatusCode;
use serde_json::json;

use super::support::*;

#[tokio::test]
async fn a_code_works_once_and_its_second_use_revokes_the_tokens() {
    let bench = Bench::signed_in().await;
    let code = bench.code().await;
    let first = bench.exchange(&code).await;
    let access_token = text(&first.json, "access_token");
    assert_eq!(bench.userinfo(&access_token).await.status, StatusCode::OK);
    let second = bench.exchange(&code).await;
    assert_eq!(second.status, StatusCode::BAD_REQUEST);
    assert_eq!(second.json["error"], "invalid_grant");
    assert_eq!(
        bench.userinfo(&access_token).await.status,
        StatusCode::UNAUTHORIZED
    );
    let refused = bench.refresh(&text(&first.json, "refresh_token")).await;
    assert_eq!(refused.json["error"], "invalid_grant");
    assert_eq!(bench.log().await["counters"]["code_reuses"], 1);
}

#[tokio::test]
async fn a_code_needs_its_redirect_uri_its_verifier_and_is_good_for_five_minutes() {
    let bench = Bench::signed_in().await;
    let code = bench.code().await;
    let refused = async |redirect_uri, verifier| {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", &*code),
            ("redirect_uri", redirect_uri),
            ("code_verifier", verifier),
        ];
        bench.token(&form).await.json["error"].clone()
    };
    assert_eq!(refused("", VERIFIER).await, "invalid_grant");
    assert_eq!(
        refused("http://127.0.0.1:9/", VERIFIER).await,
        "invalid_grant"
    );
    assert_eq!(refused(REDIRECT_URI, "").await, "invalid_grant");
    assert_eq!(refused(REDIRECT_URI, "x").await, "invalid_grant");
    let advance = bench
        .post("/sandbox/api/clock")
        .json(&json!({"advance_seconds": 301}));
    assert_eq!(answer(advance).await.json["advanced_seconds"], 301);
    assert_eq!(refused(REDIRECT_URI, VERIFIER).await, "invalid_grant");
}

#[tokio::test]
async fn clients_authenticate_in_the_body_or_by_basic_and_never_by_both() {
    let bench = Bench::signed_in().await;
    let request = |form: &[(&str, &str)]| bench.post("/api/oauth2/token").form(form);
    let form = |code| {
        [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", REDIRECT_URI),
            ("code_verifier", VERIFIER),
        ]
    };
    let encoded: String = url::form_urlencoded::byte_serialize(SECRET.as_bytes()).collect();
    let code = bench.code().await;
    let basic = answer(request(&form(&code)).basic_auth(CLIENT_ID, Some(&encoded))).await;
    assert_eq!(basic.status, StatusCode::OK, "{}", basic.json);

    let code = bench.code().await;
    let raw = answer(request(&form(&code)).basic_auth(CLIENT_ID, Some(SECRET))).await;
    assert_eq!(raw.status, StatusCode::UNAUTHORIZED);
    let both = bench
        .token_request(&form(&code))
        .basic_auth(CLIENT_ID, Some(&encoded));
    assert_eq!(answer(both).await.json["error"], "invalid_request");
    let none = answer(request(&form(&code))).await;
    assert_eq!(
        (none.status, none.json["error"].clone()),
        (StatusCode::UNAUTHORIZED, json!("invalid_client"))
    );
    let wrong = [
        &form(&code)[..],
        &[("client_id", CLIENT_ID), ("client_secret", "no")],
    ]
    .concat();
    assert_eq!(
        answer(request(&wrong)).await.json["error"],
        "invalid_client"
    );
    assert_eq!(bench.exchange(&code).await.status, StatusCode::OK);

    let events = bench.log().await["events"].clone();
    let auth: Vec<_> = events
        .as_array()
        .unwrap()
        .iter()
        .filter(|event| event["endpoint"] == "token.code")
        .collect();
    assert_eq!(auth[0]["client_auth"], "basic");
    assert_eq!(auth[0]["had_verifier"], true);
    assert_eq!(auth.last().unwrap()["client_auth"], "body");
}

#[tokio::test]
async fn a_request_that_is_no_proper_form_is_refused() {
    let bench = Bench::signed_in().await;
    let (_, refresh_token) = bench.tokens().await;
    let twice = [refresh_form(&refresh_token), refresh_form(&refresh_token)].concat();
    assert_eq!(bench.token(&twice).await.json["error"], "invalid_request");
    let json = bench
        .post("/api/oauth2/token")
        .json(&json!({"grant_type": "refresh_token"}));
    assert_eq!(answer(json).await.json["error"], "invalid_request");
    let password = bench.token(&[("grant_type", "password")]).await;
    assert_eq!(password.json["error"], "unsupported_grant_type");
    let get = bench.get("/api/oauth2/token").send().await.unwrap();
    assert_eq!(get.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(get.headers()["allow"], "POST");
    assert_eq!(bench.refresh(&refresh_token).await.status, StatusCode::OK);
}

#[tokio::test]
async fn refresh_tokens_rotate_and_reuse_ends_the_family() {
    let bench = Bench::signed_in().await;
    let (_, first) = bench.tokens().await;
    let second = bench.refresh(&first).await;
    assert_eq!(second.status, StatusCode::OK);
    let newer = text(&second.json, "refresh_token");
    assert_ne!(first, newer);
    let reused = bench.refresh(&first).await;
    assert_eq!(
        (reused.status, &reused.json["error"]),
        (StatusCode::BAD_REQUEST, &json!("invalid_grant"))
    );
    assert_eq!(bench.refresh(&newer).await.json["error"], "invalid_grant");
    let access = bench.userinfo(&text(&second.json, "access_token")).await;
    assert_eq!(access.status, StatusCode::UNAUTHORIZED);
    let counters = &bench.log().await["counters"];
    assert_eq!(counters["refreshes"], 3);
    assert_eq!(counters["refreshes_granted"], 1);
    assert_eq!(counters["reuses"], 1);
}

#[tokio::test]
async fn of_many_refreshes_at_once_one_wins_and_the_family_ends() {
    let bench = Bench::signed_in().await;
    let (_, token) = bench.tokens().await;
    let answers = futures_util::future::join_all((0..8).map(|_| bench.refresh(&token))).await;
    let won = answers
        .iter()
        .filter(|answer| answer.status == StatusCode::OK)
        .count();
    assert_eq!(won, 1);
    assert_eq!(bench.log().await["counters"]["reuses"], 7);
}

#[tokio::test]
async fn access_tokens_expire_by_the_sandboxs_clock() {
    let bench = Bench::signed_in().await;
    let (access_token, refresh_token) = bench.tokens().await;
    let advance = async |seconds: u32| {
        let order = json!({"advance_seconds": seconds});
        answer(bench.post("/sandbox/api/clock").json(&order)).await
    };
    advance(7_201).await;
    let response = bench
        .get("/api/oauth2/userinfo")
        .bearer_auth(&access_token)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    let challenge = response.headers()["www-authenticate"].to_str().unwrap();
    assert!(challenge.contains("invalid_token"));
    let newer = bench.refresh(&refresh_token).await;
    assert_eq!(
        bench
            .userinfo(&text(&newer.json, "access_token"))
            .await
            .status,
        StatusCode::OK
    );
    advance(2_592_001).await;
    let late = bench.refresh(&text(&newer.json, "refresh_token")).await;
    assert_eq!(late.json["error"], "invalid_grant");
}

#[tokio::test]
async fn userinfo_and_topup_want_a_bearer_token() {
    let bench = Bench::new().await;
    for path in ["/api/oauth2/userinfo", "/api/oauth2/topup"] {
        assert_eq!(
            answer(bench.get(path)).await.status,
            StatusCode::UNAUTHORIZED
        );
        let other = answer(bench.get(path).bearer_auth("eyJ")).await;
        assert_eq!(other.json["error"], "invalid_token");
        let query = answer(bench.get(&format!("{path}?access_token=eyJ"))).await;
        assert_eq!(query.status, StatusCode::UNAUTHORIZED);
    }
}

#[tokio::test]
async fn revocation_answers_200_and_ends_the_family() {
    let bench = Bench::signed_in().await;
    let (access_token, refresh_token) = bench.tokens().await;
    let revoke = |token: &str, secret: &str| {
        let form = [
            ("token", token),
            ("client_id", CLIENT_ID),
            ("client_secret", secret),
        ];
        answer(bench.post("/api/oauth2/revoke").form(&form))
    };
    assert_eq!(
        revoke(&refresh_token, "wrong").await.json["error"],
        "invalid_client"
    );
    assert_eq!(bench.userinfo(&access_token).await.status, StatusCode::OK);
    assert_eq!(revoke("unknown", SECRET).await.status, StatusCode::OK);
    assert_eq!(revoke(&refresh_token, SECRET).await.status, StatusCode::OK);
    assert_eq!(
        bench.userinfo(&access_token).await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        bench.refresh(&refresh_token).await.json["error"],
        "invalid_grant"
    );
    assert_eq!(bench.log().await["counters"]["revocations"], 1);
}

#[tokio::test]
async fn an_app_is_registered_with_the_developers_token_and_works() {
    let bench = Bench::signed_in().await;
    let app = json!({"name": "App", "description": "d", "redirect_uri": "https://app.example/cb"});
    let register = |token: &str, app: &serde_json::Value| {
        answer(bench.post("/api/oauth_apps").bearer_auth(token).json(app))
    };
    let refused = register("guess", &app).await;
    assert_eq!(
        (refused.status, &refused.json["success"]),
        (StatusCode::UNAUTHORIZED, &json!(false))
    );
    let odd = json!({"name": "App", "redirect_uri": "http://app.example/cb"});
    let refused = register("dev-sandbox", &odd).await;
    assert_eq!(
        (refused.status, &refused.json["success"]),
        (StatusCode::OK, &json!(false))
    );

    let made = register("dev-sandbox", &app).await.json;
    assert_eq!(made["message"], "應用建立成功");
    let data = &made["data"];
    let client_id = text(data, "client_id");
    assert!(client_id.starts_with("client_"));
    assert!(text(data, "client_secret").starts_with("secret_"));
    assert_eq!(data["redirect_uri"], "https://app.example/cb");
    let change = [
        ("client_id", &*client_id),
        ("redirect_uri", "https://app.example/cb"),
    ];
    let back = location(&bench.authorize(&change).await);
    let code = query_value(&back, "code").unwrap();
    let secret = text(data, "client_secret");
    let form = [
        ("client_id", &*client_id),
        ("client_secret", &*secret),
        ("grant_type", "authorization_code"),
        ("code", &*code),
        ("redirect_uri", "https://app.example/cb"),
        ("code_verifier", VERIFIER),
    ];
    let tokens = answer(bench.post("/api/oauth2/token").form(&form)).await;
    assert_eq!(tokens.status, StatusCode::OK);
    let theirs = bench.refresh(&text(&tokens.json, "refresh_token")).await;
    assert_eq!(
        theirs.json["error"], "invalid_grant",
        "another client's token"
    );
}
