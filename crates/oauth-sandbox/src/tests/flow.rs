//! The whole way: from the authorization request to the account and back to nothing.

use reqwest::StatusCode;
use serde_json::json;

use super::support::*;

#[tokio::test]
async fn one_click_leads_to_the_balance() {
    let bench = Bench::signed_in().await;
    let back = location(&bench.authorize(&[]).await);
    assert!(back.as_str().starts_with(REDIRECT_URI));
    assert_eq!(query_value(&back, "state").unwrap(), "the state & more");
    let code = query_value(&back, "code").unwrap();

    let tokens = bench.exchange(&code).await;
    assert_eq!(tokens.status, StatusCode::OK);
    let access_token = text(&tokens.json, "access_token");
    assert!(access_token.starts_with("eyJ"));
    assert!(text(&tokens.json, "refresh_token").starts_with("refresh_"));
    assert_eq!(tokens.json["token_type"], "Bearer");
    assert_eq!(tokens.json["expires_in"], 7_200);
    assert_eq!(tokens.json["scope"], "profile balance");

    let account = bench.userinfo(&access_token).await.json;
    assert_eq!(account["username"], "demo");
    assert_eq!(account["balance_formatted"], "750.00");
    let topup = answer(bench.get("/api/oauth2/topup").bearer_auth(&access_token)).await;
    let page = format!("{}/sandbox/top-up", bench.sandbox.base_url());
    assert_eq!(topup.json, json!({"topup_url": page}));
    bench.sandbox.stop().await;
}
