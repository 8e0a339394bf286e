//! No secret shows in an error, however the provider throws it back.

use secrecy::SecretString;
use url::Url;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

use super::{access, code, provider, provider_of, refresh, register, request, settings, verifier};
use crate::config::ClientAuth;
use crate::provider::detail::{Detail, Secrets};
use crate::provider::{ApiCall, ProviderError};

/// Answers with everything that it was sent, in one of the shapes of an error.
struct Echo(&'static str, u16);

impl Respond for Echo {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let form: Vec<String> = url::form_urlencoded::parse(&request.body)
            .map(|(name, value)| format!("{name} {value}"))
            .collect();
        let header = request.headers.get("authorization");
        let header = header
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let raw = String::from_utf8_lossy(&request.body);
        let said = format!("{header} | {} | {raw}\u{7}\u{1b}[31m", form.join(" | "));
        let quoted = serde_json::to_string(&said).unwrap();
        let body = self.0.replace("ECHO", &quoted);
        ResponseTemplate::new(self.1)
            .insert_header(
                "www-authenticate",
                format!("Bearer error=\"{header}\"").as_str(),
            )
            .set_body_string(body)
    }
}

fn assert_clean(error: &ProviderError) {
    let shown = format!("{error} {error:?}");
    for canary in ["CANARY", "canary", "Q1MtQ0FOQVJZ"] {
        assert!(!shown.contains(canary), "{shown}");
    }
    assert!(!shown.chars().any(char::is_control), "{shown:?}");
    assert!(error.to_string().chars().count() < 300, "{shown}");
}

/// Covers: ASVS-16.2.5
#[tokio::test]
async fn an_echo_of_all_secrets_shows_none_of_them() {
    for (shape, status) in [
        (r#"{"error":"invalid_grant","error_description":ECHO}"#, 400),
        (r#"{"error":ECHO}"#, 400),
        (r#"{"success":false,"message":ECHO}"#, 200),
        (r#"{"success":false,"code":ECHO,"message":"x"}"#, 401),
        (r#"{"error":{"message":ECHO,"type":ECHO,"code":ECHO}}"#, 500),
        (r#"{"message":"error","data":ECHO}"#, 200),
        (r#"{"message":"success","data":ECHO}"#, 200),
        (r#"{"access_token":"AT-CANARY-2","refresh_token":ECHO"#, 200),
        (r#"{"access_token":"AT-CANARY-2","token_type":"mac"}"#, 200),
        (r#"{"access_token":"AT-CANARY-2\n"}"#, 200),
        ("<html>ECHO</html>", 502),
        ("ECHO", 200),
        ("[ECHO]", 429),
    ] {
        let server = MockServer::start().await;
        Mock::given(any())
            .respond_with(Echo(shape, status))
            .mount(&server)
            .await;
        for client_auth in [ClientAuth::Body, ClientAuth::Basic] {
            let mut settings = settings(&server.uri());
            settings.client_auth = client_auth;
            let provider = provider_of(settings);
            let id = request();
            let errors = [
                provider
                    .exchange_code(&code(), Some(&verifier()), &id)
                    .await
                    .err(),
                provider.refresh(&refresh(), &id).await.err(),
                provider.revoke(&refresh(), &id).await.err(),
                provider.userinfo(&access(), &id).await.err(),
                provider
                    .call_api(&ApiCall::get(aihubmix::TOPUP), &access(), &id)
                    .await
                    .err(),
            ];
            errors.iter().flatten().for_each(assert_clean);
            assert!(errors.iter().flatten().count() >= 3, "{shape}");
        }
        let api = Url::parse(&server.uri()).unwrap();
        let token = SecretString::from("DT-CANARY-1");
        assert_clean(&register(&api, &token, "r").await.unwrap_err());
    }
}

#[tokio::test]
async fn a_token_that_cannot_be_sent_does_not_show_either() {
    let provider = provider("https://as.test");
    let broken = crate::domain::AccessToken::new("AT-CANARY-1\r\nx: y");
    assert_clean(&provider.userinfo(&broken, &request()).await.unwrap_err());
}

#[test]
fn settings_show_no_secret() {
    let shown = format!("{:?}", settings("https://as.test"));
    assert!(!shown.contains("CANARY"), "{shown}");
}

/// Covers: ASVS-16.4.1
#[test]
fn text_for_the_log_is_short_and_harmless() {
    let mut secrets = Secrets::default();
    for secret in ["s3cr+t /ü", "s3cr", ""] {
        secrets.add(secret);
    }
    for (text, expected) in [
        ("plain words", "plain words"),
        ("a s3cr+t /ü b", "a *** b"),
        ("a=s3cr%2Bt+%2F%C3%BC&b", "a=***&b"),
        ("a s3cr%2Bt%20%2F%C3%BC b", "a *** b"),
        ("line\nbreak\r\t\u{1b}[0m", "line\\nbreak\\r\\t\\u{1b}[0m"),
        ("turn \u{202e}around", "turn \\u{202e}around"),
        (
            "令牌已過期 (request id: 2026112322241234567890)",
            "令牌已過期 (request id: ***)",
        ),
        ("eyJhbGciOiJIUzI1NiJ9.e30.x is old", "*** is old"),
        ("unsupported_grant_type", "unsupported_grant_type"),
    ] {
        assert_eq!(Detail::masked(text, &secrets).as_str(), expected);
    }
    for long in ["a b ".repeat(500), "\u{0} ".repeat(500), "令 ".repeat(500)] {
        let detail = Detail::masked(&long, &secrets);
        assert!(detail.as_str().chars().count() <= 200);
        assert!(detail.as_str().ends_with('…'));
    }
    let shown = Detail::new(&"x y ".repeat(50));
    assert_eq!(shown.as_str().chars().count(), 200);
}
