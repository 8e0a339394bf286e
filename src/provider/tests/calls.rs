//! The calls as they are on the wire, against a scripted server.

use std::collections::HashMap;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use url::Url;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::{NOW, access, code, provider, provider_of, refresh, request, settings, verifier};
use crate::domain::{AccessToken, State, Timestamp};
use crate::provider::{ClientAuth, ProviderError, Revocation, register};

async fn server(verb: &str, at: &str, answer: ResponseTemplate) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method(verb))
        .and(path(at))
        .respond_with(answer)
        .mount(&server)
        .await;
    server
}

async fn only_request(server: &MockServer) -> Request {
    let mut requests = server.received_requests().await.unwrap();
    assert_eq!(requests.len(), 1, "the call is sent once");
    requests.remove(0)
}

/// The members of a form; each must be there once.
fn form(request: &Request) -> HashMap<String, String> {
    let mut members = HashMap::new();
    for (name, value) in url::form_urlencoded::parse(&request.body) {
        let before = members.insert(name.to_string(), value.to_string());
        assert!(before.is_none(), "{name} twice");
    }
    members
}

fn members(pairs: &[(&str, &str)]) -> HashMap<String, String> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}

fn tokens() -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({
        "access_token": "new-at", "token_type": "Bearer", "expires_in": 3600,
        "refresh_token": "new-rt", "scope": "profile",
    }))
}

#[test]
fn the_authorization_url_has_every_parameter_once_and_keeps_a_query() {
    let provider = provider("https://as.test");
    let state = State::new("the-state");
    let url = provider.authorization_url(&state, Some(&verifier()));
    assert_eq!(url.origin().ascii_serialization(), "https://as.test");
    assert_eq!(url.path(), "/login/api/oauth2/authorize");
    assert_eq!(url.fragment(), None);
    let mut seen: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    seen.sort();
    let challenge = oauth2::PkceCodeChallenge::from_code_verifier_sha256(
        &oauth2::PkceCodeVerifier::new(verifier().reveal().to_owned()),
    );
    let expected = [
        ("auto_authorize", "true"),
        ("client_id", "client_1"),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
        ("redirect_uri", "https://app.test/oauth/callback"),
        ("response_type", "code"),
        ("scope", "profile balance"),
        ("state", "the-state"),
        ("tenant", "t1"),
    ];
    let expected: Vec<_> = expected.map(|(n, v)| (n.to_owned(), v.to_owned())).into();
    assert_eq!(seen, expected);
}

#[test]
fn the_challenge_is_that_of_rfc_7636_appendix_b() {
    let verifier = crate::domain::CodeVerifier::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    let url = provider("https://as.test").authorization_url(&State::new("s"), Some(&verifier));
    let challenge = url.query_pairs().find(|(name, _)| name == "code_challenge");
    let (_, challenge) = challenge.unwrap();
    assert_eq!(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

#[test]
fn pkce_and_auto_authorize_can_be_left_out() {
    let mut settings = settings("https://as.test");
    settings.auto_authorize = false;
    let url = provider_of(settings).authorization_url(&State::new("s"), None);
    let query = url.query().unwrap_or_default();
    assert!(
        !query.contains("code_challenge") && !query.contains("auto_authorize"),
        "{query}"
    );
}

#[tokio::test]
async fn a_code_is_exchanged_with_the_client_in_the_body() {
    let server = server("POST", "/api/oauth2/token", tokens()).await;
    let provider = provider(&server.uri());
    let tokens = provider
        .exchange_code(&code(), Some(&verifier()), &request())
        .await
        .unwrap();
    assert_eq!(tokens.access_token.reveal(), "new-at");
    assert_eq!(tokens.refresh_token.unwrap().reveal(), "new-rt");
    assert_eq!(tokens.scope.as_deref(), Some("profile"));
    assert_eq!(tokens.obtained_at, Timestamp::from_millis(NOW));
    assert_eq!(tokens.expires_at, Timestamp::from_millis(NOW + 3_600_000));

    let sent = only_request(&server).await;
    assert_eq!(sent.url.query(), None);
    assert_eq!(
        sent.headers["content-type"],
        "application/x-www-form-urlencoded"
    );
    assert_eq!(sent.headers["accept"], "application/json");
    assert_eq!(sent.headers["x-request-id"], request().as_str());
    assert!(
        sent.headers["user-agent"]
            .to_str()
            .unwrap()
            .starts_with("aihubmix-bff/")
    );
    assert!(!sent.headers.contains_key("authorization"));
    let expected = members(&[
        ("grant_type", "authorization_code"),
        ("code", "CODE-CANARY-1"),
        ("redirect_uri", "https://app.test/oauth/callback"),
        ("code_verifier", verifier().reveal()),
        ("client_id", "client_1"),
        ("client_secret", "CS-CANARY-1"),
    ]);
    assert_eq!(form(&sent), expected);
}

#[tokio::test]
async fn basic_authentication_is_form_encoded_and_leaves_the_body_clean() {
    let server = server("POST", "/api/oauth2/token", tokens()).await;
    let mut settings = settings(&server.uri());
    settings.client_auth = ClientAuth::Basic;
    settings.client_id = "a:b%c".into();
    settings.client_secret = SecretString::from("p+ä/ =&:");
    let provider = provider_of(settings);
    provider
        .exchange_code(&code(), None, &request())
        .await
        .unwrap();
    provider.revoke(&refresh(), &request()).await.unwrap_err();
    for sent in server.received_requests().await.unwrap() {
        let header = sent.headers["authorization"].to_str().unwrap();
        let pair = STANDARD
            .decode(header.strip_prefix("Basic ").unwrap())
            .unwrap();
        let pair = String::from_utf8(pair).unwrap();
        let (id, secret) = pair.split_once(':').unwrap();
        let decode = |part: &str| {
            let form = format!("x={part}");
            let decoded = url::form_urlencoded::parse(form.as_bytes()).next();
            decoded.unwrap().1.into_owned()
        };
        assert_eq!(
            (decode(id).as_str(), decode(secret).as_str()),
            ("a:b%c", "p+ä/ =&:")
        );
        let form = form(&sent);
        assert!(!form.contains_key("client_secret") && !form.contains_key("client_id"));
    }
}

#[tokio::test]
async fn a_refresh_asks_for_no_scope_and_keeps_the_old_token_where_no_new_one_comes() {
    let silent = ResponseTemplate::new(200).set_body_json(json!({"access_token": "new-at"}));
    let server = server("POST", "/api/oauth2/token", silent).await;
    let tokens = provider(&server.uri())
        .refresh(&refresh(), &request())
        .await
        .unwrap();
    assert_eq!(tokens.refresh_token.unwrap().reveal(), "RT-CANARY-1");
    assert_eq!(tokens.scope, None);
    let expected = members(&[
        ("grant_type", "refresh_token"),
        ("refresh_token", "RT-CANARY-1"),
        ("client_id", "client_1"),
        ("client_secret", "CS-CANARY-1"),
    ]);
    assert_eq!(form(&only_request(&server).await), expected);
}

#[tokio::test]
async fn a_rotated_refresh_token_replaces_the_old_one() {
    let enveloped =
        json!({"success": true, "data": {"access_token": "new-at", "refresh_token": "rotated"}});
    let answer = ResponseTemplate::new(200).set_body_raw(enveloped.to_string(), "text/html");
    let server = server("POST", "/api/oauth2/token", answer).await;
    let tokens = provider(&server.uri())
        .refresh(&refresh(), &request())
        .await
        .unwrap();
    assert_eq!(tokens.refresh_token.unwrap().reveal(), "rotated");
}

#[tokio::test]
async fn a_refusal_is_told_apart_from_trouble_and_asked_once() {
    for (answer, is_refusal) in [
        (
            ResponseTemplate::new(400).set_body_string(r#"{"error":"invalid_grant"}"#),
            true,
        ),
        (
            ResponseTemplate::new(401).set_body_string(r#"{"error":"invalid_client"}"#),
            false,
        ),
        (ResponseTemplate::new(500), false),
        (ResponseTemplate::new(200).set_body_string("{}"), false),
        (
            ResponseTemplate::new(200)
                .set_body_string(r#"{"access_token":"x","token_type":"mac"}"#),
            false,
        ),
    ] {
        let server = server("POST", "/api/oauth2/token", answer).await;
        let error = provider(&server.uri())
            .refresh(&refresh(), &request())
            .await
            .unwrap_err();
        assert_eq!(
            matches!(error, ProviderError::GrantRefused(_)),
            is_refusal,
            "{error}"
        );
        only_request(&server).await;
    }
}

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
async fn userinfo_carries_any_token_in_the_header_only() {
    let answer = ResponseTemplate::new(200).set_body_string(r#"{"id":1,"username":"u"}"#);
    let server = server("GET", "/api/oauth2/userinfo", answer).await;
    let long = "eyJ~+/=.".repeat(768);
    let info = provider(&server.uri())
        .userinfo(&AccessToken::new(long.as_str()), &request())
        .await
        .unwrap();
    assert_eq!(info.username(), Some("u"));
    let sent = only_request(&server).await;
    assert_eq!(
        sent.headers["authorization"].to_str().unwrap(),
        format!("Bearer {long}")
    );
    assert_eq!(sent.headers["x-request-id"], request().as_str());
    assert_eq!((sent.url.query(), sent.body.len()), (None, 0));
}

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
async fn the_fallback_serves_where_the_provider_gives_no_link() {
    let fallback = Url::parse("https://aihubmix.com/fallback").unwrap();
    let own = "https://console.aihubmix.com/topup";
    for (answer, with_fallback, without) in [
        (
            ResponseTemplate::new(200).set_body_json(json!({"topup_url": own})),
            Some(own),
            Some(own),
        ),
        (
            ResponseTemplate::new(200)
                .set_body_json(json!({"success": true, "data": {"topup_url": own}})),
            Some(own),
            Some(own),
        ),
        (
            ResponseTemplate::new(200).set_body_json(json!({"success": true, "data": own})),
            Some(own),
            Some(own),
        ),
        (
            ResponseTemplate::new(200).set_body_json(json!({"topup_url": null})),
            Some(fallback.as_str()),
            None,
        ),
        (
            ResponseTemplate::new(200).set_body_json(json!({"success": true, "data": ""})),
            Some(fallback.as_str()),
            None,
        ),
        (ResponseTemplate::new(404), Some(fallback.as_str()), None),
        (
            ResponseTemplate::new(200).set_body_json(json!({"topup_url": "https://evil.test/"})),
            None,
            None,
        ),
        (
            ResponseTemplate::new(200).set_body_json(json!({"success": false, "message": "no"})),
            None,
            None,
        ),
        (ResponseTemplate::new(500), None, None),
    ] {
        let server = server("GET", "/api/oauth2/topup", answer).await;
        let mut settings = settings(&server.uri());
        let link = provider_of(settings.clone())
            .topup_url(&access(), &request())
            .await;
        assert_eq!(link.ok().as_ref().map(Url::as_str), without);
        settings.topup_fallback = Some(fallback.clone());
        let link = provider_of(settings).topup_url(&access(), &request()).await;
        assert_eq!(link.ok().as_ref().map(Url::as_str), with_fallback);
    }
}

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

#[tokio::test]
async fn without_a_revocation_endpoint_nothing_is_sent() {
    let server = MockServer::start().await;
    let mut settings = settings(&server.uri());
    settings.revocation_path = None;
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
    let app = register(&api, &token, "n", "d", "https://app.test/cb")
        .await
        .unwrap();
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
    movable(provider.topup_url(&access, &id));
}
