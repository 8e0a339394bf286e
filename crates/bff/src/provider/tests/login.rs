//! The authorization URL and the token calls as they are on the wire, against a scripted server.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretString;
use serde_json::json;
use wiremock::ResponseTemplate;

use super::{
    NOW, code, form, members, only_request, provider, provider_of, refresh, request, server,
    settings, verifier,
};
use crate::config::ClientAuth;
use crate::domain::{State, Timestamp};
use crate::provider::ProviderError;

fn tokens() -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({
        "access_token": "new-at", "token_type": "Bearer", "expires_in": 3600,
        "refresh_token": "new-rt", "scope": "profile",
    }))
}

/// Covers: RFC6749-4.1.1-1
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

/// Covers: RFC7636-4.2-1
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

/// Covers: BFF-6.1.3.1-1, RFC6749-3.2-1, RFC6749-2.3-1
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
            .starts_with("test-app/")
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

/// Covers: RFC6749-2.3-1
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

/// Covers: RFC6749-6-1
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
async fn a_refusal_differs_from_an_outage_and_is_not_repeated() {
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
            matches!(error, ProviderError::GrantRefused { .. }),
            is_refusal,
            "{error}"
        );
        only_request(&server).await;
    }
}
