//! Calls to the provider's API: with a usable token, once more with a newer one. Userinfo is remembered while the provider is unavailable.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use wiremock::matchers::{header, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::support::{
    TOKEN, USERINFO, answer_refreshes, answer_userinfo, calls, clock, parts, provider, request,
    tokens,
};
use crate::domain::{Clock, EndCause, ErrorCode, ManualClock, Session};
use crate::flow::sessions::read;
use crate::flow::userinfo_cache::{LARGEST_REMEMBERED, REMEMBERED_FOR};
use crate::flow::{ApiCalls, FlowError};
use crate::provider::ApiCall;
use crate::store::{MemoryStore, SessionStore, TokenSwap};

/// Calls of the API with a clock that stands still, and a session whose token, `access-0`, is still good for a while.
async fn place(provider: &MockServer) -> (Arc<ApiCalls>, Arc<ManualClock>, Session) {
    let clock = clock();
    let store: Arc<dyn SessionStore> = Arc::new(MemoryStore::default());
    let parts = parts(&store, provider, Arc::clone(&clock) as Arc<dyn Clock>);
    let refresher = parts.refresher(&parts.revoker());
    let mut session = refresher.session_at_expiry().await;
    session.tokens.obtained_at = clock.now();
    session.tokens.expires_at = clock.now().plus(Duration::from_secs(7_200));
    (parts.api(&refresher), clock, session)
}

#[tokio::test]
async fn an_account_is_remembered_for_a_day_with_its_age() {
    let provider = provider().await;
    answer_userinfo(
        &provider,
        "access-0",
        200,
        json!({ "id": 7, "username": "demo" }),
    )
    .await;
    let (api, clock, session) = place(&provider).await;
    assert!(api.last_known_userinfo(&session).is_none());
    let account = api.userinfo(&session, &request()).await.unwrap();
    assert_eq!(account.text("username").as_deref(), Some("demo"));

    let almost = REMEMBERED_FOR - Duration::from_millis(1);
    clock.advance(almost);
    let known = api.last_known_userinfo(&session).unwrap();
    assert_eq!(known.userinfo.text("username").as_deref(), Some("demo"));
    assert_eq!(known.age, almost);
    clock.advance(Duration::from_millis(1));
    assert!(api.last_known_userinfo(&session).is_none());
    assert_eq!(REMEMBERED_FOR, Duration::from_secs(86_400));
}

#[tokio::test]
async fn a_token_that_the_provider_refuses_is_renewed_once_and_the_call_repeated_once() {
    for accepted in [true, false] {
        let provider = provider().await;
        answer_userinfo(&provider, "access-0", 401, json!({})).await;
        let status = if accepted { 200 } else { 401 };
        answer_userinfo(&provider, "access-1", status, json!({ "id": 7 })).await;
        answer_refreshes(&provider, 200, tokens(1), Duration::ZERO).await;
        let (api, _, session) = place(&provider).await;
        let outcome = api.userinfo(&session, &request()).await;
        assert_eq!(outcome.is_ok(), accepted);
        if let Err(error) = outcome {
            assert_eq!(error.code(), ErrorCode::ProviderError, "{error}");
        }
        assert_eq!(calls(&provider, TOKEN).await, 1);
        assert_eq!(calls(&provider, USERINFO).await, 2);
        let store = &api.refresher.store;
        assert!(read(store, &session.key).await.is_ok());
    }
}

#[tokio::test]
async fn a_token_that_is_refused_and_cannot_be_renewed_ends_the_session() {
    let provider = provider().await;
    answer_userinfo(&provider, "access-0", 401, json!({})).await;
    let (api, _, mut session) = place(&provider).await;
    session.tokens.refresh_token = None;
    let store = &api.refresher.store;
    let swap = store.swap_tokens(&session.key, 1, &session.tokens);
    assert!(matches!(swap.await.unwrap(), TokenSwap::Done(2)));
    session.version = 2;
    let error = api.userinfo(&session, &request()).await.unwrap_err();
    assert!(
        matches!(error, FlowError::SessionEnded(EndCause::TokensExpired)),
        "{error}"
    );
}

#[tokio::test]
async fn provider_errors_have_different_codes_and_spend_no_token() {
    for (status, answer, code) in [
        (503, json!({}), ErrorCode::ProviderUnavailable),
        (200, json!([]), ErrorCode::ProviderError),
        (
            403,
            json!({ "success": false, "code": "AUTH_USER_DISABLED" }),
            ErrorCode::Forbidden,
        ),
    ] {
        let provider = provider().await;
        answer_userinfo(&provider, "access-0", status, answer).await;
        let (api, _, session) = place(&provider).await;
        let error = api.userinfo(&session, &request()).await.unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        let disabled = matches!(error, FlowError::AccountDisabled);
        assert_eq!(disabled, status == 403);
        assert_eq!(calls(&provider, TOKEN).await, 0);
        assert!(api.last_known_userinfo(&session).is_none());
    }
}

#[tokio::test]
async fn userinfo_that_is_too_large_is_not_remembered() {
    let provider = provider().await;
    let name = "n".repeat(LARGEST_REMEMBERED);
    let userinfo = json!({ "id": 7, "username": name });
    answer_userinfo(&provider, "access-0", 200, userinfo).await;
    let (api, _, session) = place(&provider).await;
    let got = api.userinfo(&session, &request()).await.unwrap();
    assert_eq!(got.text("username"), Some(name));
    assert!(api.last_known_userinfo(&session).is_none());
}

#[tokio::test]
async fn a_call_of_the_app_is_sent_with_the_sessions_token_and_repeated_with_a_newer_one() {
    let provider = provider().await;
    for (token, status) in [("access-0", 401), ("access-1", 200)] {
        Mock::given(path("/v1/models"))
            .and(header("authorization", format!("Bearer {token}")))
            .respond_with(ResponseTemplate::new(status).set_body_json(json!([token])))
            .mount(&provider)
            .await;
    }
    answer_refreshes(&provider, 200, tokens(1), Duration::ZERO).await;
    let (api, _, session) = place(&provider).await;
    let call = ApiCall::post("/v1/models", b"{}");
    let json = api.call(&session, &call, &request()).await.unwrap();
    assert_eq!(serde_json::to_string(&json).unwrap(), r#"["access-1"]"#);
    assert_eq!(calls(&provider, "/v1/models").await, 2);
    assert_eq!(calls(&provider, TOKEN).await, 1);
    assert!(api.last_known_userinfo(&session).is_none());
}
