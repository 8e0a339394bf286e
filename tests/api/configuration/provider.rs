//! What an operator sets about the provider: other paths and names, and a client secret that changes while the program runs.

use std::fs;

use crate::support::scripted_provider::Scripted;
use serde_json::json;
use wiremock::ResponseTemplate;

/// Another plain OAuth2 provider: the paths of its endpoints, and the claims of OpenID Connect in place of our names.
#[tokio::test]
async fn another_provider_needs_settings_and_no_code() {
    let provider = Scripted::start_with(&[
        ("OAUTH_CLIENT_SECRET", "kT93hs-secret-of-the-script"),
        ("BFF_OAUTH__AUTHORIZE_PATH", "/authorize"),
        ("BFF_OAUTH__TOKEN_PATH", "/oauth/token"),
        ("BFF_OAUTH__USERINFO_PATH", "/me"),
        (
            "BFF_OAUTH__USERINFO_FIELDS",
            "id=sub,username=preferred_username",
        ),
    ])
    .await;
    let tokens = json!({ "access_token": "at-1", "token_type": "Bearer", "expires_in": 7200 });
    let tokens = ResponseTemplate::new(200).set_body_json(tokens);
    provider.answers("POST", "/oauth/token", tokens).await;
    let claims = json!({ "sub": "u-7", "preferred_username": "mei", "email": "mei@example.com" });
    let claims = ResponseTemplate::new(200).set_body_json(claims);
    provider.answers("GET", "/me", claims).await;

    let browser = provider.program.browser();
    let start = browser.start("").await;
    assert_eq!(start.path(), "/authorize");
    let arrived = provider.come_back(&browser, "code-1", &[]).await;
    assert_eq!(arrived.location(), "/?login=success");
    let info = browser.fetch("GET", "/api/user/info").await;
    assert_eq!(
        info.json(),
        json!({ "id": "u-7", "username": "mei", "email": "mei@example.com" })
    );
    let session = browser.fetch("GET", "/api/session").await.json();
    assert_eq!(session["user"]["username"], "mei");
}

#[tokio::test]
async fn a_new_client_secret_in_its_file_needs_no_restart() {
    const FIRST: &str = "kT93hs-first-secret";
    const SECOND: &str = "kT93hs-second-secret";
    let folder = tempfile::tempdir().expect("a folder can be made");
    let file = folder.path().join("client_secret");
    fs::write(&file, FIRST).expect("it can be written");
    let path = file.display().to_string();
    let provider = Scripted::start_with(&[("OAUTH_CLIENT_SECRET_FILE", &path)]).await;
    let tokens = json!({ "access_token": "at-1", "token_type": "Bearer", "expires_in": 7200 });
    provider.gives(tokens).await;
    provider.knows_the_account().await;

    let browser = provider.program.browser();
    provider.come_back(&browser, "code-1", &[]).await;
    fs::write(&file, SECOND).expect("it can be written");
    provider.program.logs("client_secret_reloaded", 1).await;
    provider.come_back(&browser, "code-2", &[]).await;

    fs::write(&file, "changeme").expect("it can be written");
    let refused = provider.program.logs("client_secret_refused", 1).await;
    let why = refused["why"].as_str().expect("a reason");
    assert!(why.starts_with("oauth.client_secret: "), "{why}");
    provider.come_back(&browser, "code-3", &[]).await;

    let forms = provider.forms().await;
    let secrets: Vec<&str> = forms.iter().map(|form| &*form["client_secret"]).collect();
    assert_eq!(secrets, [FIRST, SECOND, SECOND]);
    for secret in [FIRST, SECOND] {
        assert!(!provider.program.log().contains(secret), "in the log");
    }
}
