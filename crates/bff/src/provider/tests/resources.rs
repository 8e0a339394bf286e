//! Calls to the API, revocation and registration as they are on the wire, with a scripted server.

use std::time::Duration;

use oauth2::http::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use url::Url;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::{
    access, code, form, identity, members, only_request, provider, provider_of, refresh, register,
    request, server, settings,
};
use crate::domain::AccessToken;
use crate::provider::{ApiCall, ProviderError, Revocation};

#[tokio::test]
async fn a_wait_that_the_provider_asks_for_is_passed_on() {
    for (header, seconds) in [
        ("7", Some(7)),
        ("999999", Some(3600)),
        ("soon", None),
        ("-1", None),
    ] {
        let answer = ResponseTemplate::new(429).insert_header("retry-after", header);
        let server = server("GET", "/api/oauth2/userinfo", answer).await;
        let error = provider(&server.uri())
            .userinfo(&access(), &request())
            .await
            .unwrap_err();
        let ProviderError::Unavailable { retry_after, .. } = error else {
            panic!("{error}");
        };
        assert_eq!(retry_after, seconds.map(Duration::from_secs), "{header}");
    }
}

#[tokio::test]
async fn invalid_bytes_in_a_response_header_do_not_hide_the_rest() {
    let bytes = |value: &[u8]| HeaderValue::from_bytes(value).unwrap();
    for (challenges, expected) in [
        (
            &[&b"Bearer realm=\"\xe9\", error=\"invalid_token\""[..]][..],
            true,
        ),
        (
            &[b"Basic realm=\"\xff\"", b"Bearer error=\"invalid_token\""],
            true,
        ),
        (
            &[b"Bearer realm=\"\xe9\", error=\"insufficient_scope\""],
            false,
        ),
    ] {
        let answer = challenges
            .iter()
            .fold(ResponseTemplate::new(403), |answer, line| {
                answer.append_header("www-authenticate", bytes(line))
            });
        let server = server("GET", "/api/oauth2/userinfo", answer).await;
        let error = provider(&server.uri())
            .userinfo(&access(), &request())
            .await
            .unwrap_err();
        let is_refused = matches!(error, ProviderError::TokenRefused(_));
        assert_eq!(is_refused, expected, "{error}");
    }
    let answer = ResponseTemplate::new(429)
        .append_header("retry-after", bytes(b"\xff"))
        .append_header("retry-after", "7");
    let server = server("GET", "/api/oauth2/userinfo", answer).await;
    let error = provider(&server.uri())
        .userinfo(&access(), &request())
        .await
        .unwrap_err();
    let ProviderError::Unavailable { retry_after, .. } = error else {
        panic!("{error}");
    };
    assert_eq!(retry_after, Some(Duration::from_secs(7)));
}

/// Covers: ASVS-10.1.1, RFC6750-2-1
#[tokio::test]
async fn userinfo_carries_any_token_in_the_header_only() {
    let answer = ResponseTemplate::new(200).set_body_string(r#"{"id":1,"username":"u"}"#);
    let server = server("GET", "/api/oauth2/userinfo", answer).await;
    let long = "eyJ~+/=.".repeat(768);
    let info = provider(&server.uri())
        .userinfo(&AccessToken::new(long.as_str()), &request())
        .await
        .unwrap();
    assert_eq!(info.text("username").as_deref(), Some("u"));
    let sent = only_request(&server).await;
    assert_eq!(
        sent.headers["authorization"].to_str().unwrap(),
        format!("Bearer {long}")
    );
    assert_eq!(sent.headers["x-request-id"], request().as_str());
    assert_eq!((sent.url.query(), sent.body.len()), (None, 0));
}

/// Covers: ASVS-15.3.2
#[tokio::test]
async fn a_redirect_is_not_followed() {
    let evil = MockServer::start().await;
    for status in [301, 302, 303, 307, 308] {
        let answer =
            ResponseTemplate::new(status).insert_header("location", format!("{}/t", evil.uri()));
        let token = server("POST", "/api/oauth2/token", answer.clone()).await;
        let error = provider(&token.uri())
            .exchange_code(&code(), None, &request())
            .await
            .unwrap_err();
        assert!(matches!(error, ProviderError::Unusable(_)), "{error}");
        let resource = server("GET", "/api/oauth2/userinfo", answer).await;
        let error = provider(&resource.uri())
            .userinfo(&access(), &request())
            .await
            .unwrap_err();
        assert!(matches!(error, ProviderError::Unusable(_)), "{error}");
    }
    assert!(evil.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_call_of_the_app_carries_its_body_and_its_query() {
    let answer = ResponseTemplate::new(200).set_body_string(r#"[{"id":9007199254740993}]"#);
    let server = server("POST", "/v1/models", answer).await;
    let call = ApiCall::post("/v1/models?dry=1", br#"{"a":1}"#);
    let json = provider(&server.uri())
        .call_api(&call, &access(), &request())
        .await
        .unwrap();
    let text = serde_json::to_string(&json).unwrap();
    assert_eq!(text, r#"[{"id":9007199254740993}]"#);
    let sent = only_request(&server).await;
    assert_eq!(sent.headers["authorization"], "Bearer AT-CANARY-1");
    assert_eq!(sent.headers["content-type"], "application/json");
    assert_eq!(sent.headers["user-agent"], identity().user_agent().as_str());
    assert_eq!(sent.url.query(), Some("dry=1"));
    assert_eq!(sent.body, br#"{"a":1}"#);
}

#[tokio::test]
async fn a_post_that_a_server_error_answers_counts_as_taken() {
    let body = r#"{"success":false,"message":"invalid token"}"#;
    for (status, post_is_refused) in [(200, true), (401, true), (500, false)] {
        let answer = ResponseTemplate::new(status).set_body_string(body);
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(answer).mount(&server).await;
        let provider = provider(&server.uri());
        let refused = async |call: ApiCall<'_>| {
            let error = provider.call_api(&call, &access(), &request()).await;
            matches!(error, Err(ProviderError::TokenRefused(_)))
        };
        assert!(refused(ApiCall::get("/v1/x")).await, "{status}");
        let is_refused = refused(ApiCall::post("/v1/x", b"{}")).await;
        assert_eq!(is_refused, post_is_refused, "{status}");
    }
}

/// Covers: RFC7009-2.1-1
#[tokio::test]
async fn a_refresh_token_is_revoked_with_its_hint() {
    let server = server("POST", "/api/oauth2/revoke", ResponseTemplate::new(200)).await;
    let provider = provider(&server.uri());
    let done = provider.revoke(&refresh(), &request()).await;
    assert_eq!(done, Ok(Revocation::Revoked));
    let expected = members(&[
        ("token", "RT-CANARY-1"),
        ("token_type_hint", "refresh_token"),
        ("client_id", "client_1"),
        ("client_secret", "CS-CANARY-1"),
    ]);
    assert_eq!(form(&only_request(&server).await), expected);
}

/// Covers: RFC7009-2.1-1
#[tokio::test]
async fn without_a_revocation_endpoint_nothing_is_sent() {
    let server = MockServer::start().await;
    let mut settings = settings(&server.uri());
    settings.paths.revocation = None;
    let done = provider_of(settings).revoke(&refresh(), &request()).await;
    assert_eq!(done, Ok(Revocation::NotSupported));
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_app_is_registered_with_the_developer_token() {
    let answer = json!({"success": true, "message": "應用建立成功", "data": {
        "id": 1, "name": "n", "client_id": "client_9", "client_secret": "secret_9",
        "redirect_uri": "https://app.test/cb", "created_time": 1_640_995_200,
    }});
    let server = server(
        "POST",
        "/api/oauth_apps",
        ResponseTemplate::new(200).set_body_json(answer),
    )
    .await;
    let api = Url::parse(&server.uri()).unwrap();
    let token = SecretString::from("DT-CANARY-1");
    let app = register(&api, &token, "https://app.test/cb").await.unwrap();
    assert_eq!(app.client_id, "client_9");
    assert_eq!(app.client_secret.expose_secret(), "secret_9");
    assert_eq!(app.redirect_uri, "https://app.test/cb");
    assert!(!format!("{app:?}").contains("secret_9"));
    let sent = only_request(&server).await;
    assert_eq!(sent.headers["authorization"], "Bearer DT-CANARY-1");
    let body: serde_json::Value = serde_json::from_slice(&sent.body).unwrap();
    assert_eq!(
        body,
        json!({"name": "n", "description": "d", "redirect_uri": "https://app.test/cb"})
    );
}

#[test]
fn the_calls_may_run_in_a_task_of_their_own() {
    fn movable(_: impl Send) {}
    let provider = provider("https://as.test");
    let (id, code, refresh, access) = (request(), code(), refresh(), access());
    movable(provider.exchange_code(&code, None, &id));
    movable(provider.refresh(&refresh, &id));
    movable(provider.revoke(&refresh, &id));
    movable(provider.userinfo(&access, &id));
    let call = ApiCall::get("/x");
    movable(provider.call_api(&call, &access, &id));
}
