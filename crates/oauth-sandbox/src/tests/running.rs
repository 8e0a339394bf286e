//! Starting, stopping and starting again.

use std::os::unix::fs::PermissionsExt;

use reqwest::StatusCode;
use secrecy::SecretString;
use serde_json::json;

use super::support::*;
use crate::{SandboxError, SandboxSettings, start};

#[tokio::test]
async fn a_taken_address_is_named() {
    let bench = Bench::new().await;
    let listen = bench.sandbox.address();
    let error = start(SandboxSettings {
        listen,
        ..settings()
    })
    .await
    .unwrap_err();
    assert!(matches!(error, SandboxError::AddressTaken(address) if address == listen));
    assert!(error.to_string().contains(&listen.to_string()));
}

#[tokio::test]
async fn a_stopped_sandbox_leaves_its_address_free_even_when_a_call_hangs() {
    let bench = Bench::signed_in().await;
    bench
        .fault(json!({"endpoint": "userinfo", "fault": "hang"}))
        .await;
    let hanging = tokio::spawn(bench.get("/api/oauth2/userinfo").send());
    assert_eq!(bench.next_event(0).await["outcome"], "held");
    let listen = bench.sandbox.address();
    bench.sandbox.stop().await;
    assert!(hanging.await.unwrap().is_err());
    let again = start(SandboxSettings {
        listen,
        ..settings()
    })
    .await
    .unwrap();
    assert_eq!(again.base_url(), format!("http://{listen}"));
}

#[test]
fn it_starts_inside_an_actix_runtime_too() {
    actix_web::rt::System::new().block_on(async {
        let bench = Bench::signed_in().await;
        let (access_token, _) = bench.tokens().await;
        assert_eq!(bench.userinfo(&access_token).await.status, StatusCode::OK);
        bench.sandbox.stop().await;
    });
}

#[tokio::test]
async fn grants_accounts_and_browsers_outlive_a_restart_with_a_state_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data/sandbox.json");
    let with_file = || SandboxSettings {
        state_file: Some(file.clone()),
        ..settings()
    };
    let bench = Bench::with(with_file()).await;
    let cookie = bench.sign_in("ada", "her password").await.unwrap();
    let back = location(&bench.authorize_as(&cookie, &[]).await);
    let spent_code = query_value(&back, "code").unwrap();
    let tokens = bench.exchange(&spent_code).await.json;
    let back = location(&bench.authorize_as(&cookie, &[]).await);
    let open_code = query_value(&back, "code").unwrap();
    bench.sandbox.stop().await;

    let mode = |path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&file), 0o600);
    assert_eq!(mode(&folder.path().join("data")), 0o700);
    let kept = std::fs::read_to_string(&file).unwrap();
    let (access_token, refresh_token) = (
        text(&tokens, "access_token"),
        text(&tokens, "refresh_token"),
    );
    let cookie_value = cookie.split('=').nth(1).unwrap();
    for secret in [
        &*access_token,
        &refresh_token,
        &spent_code,
        &open_code,
        cookie_value,
        "her password",
        SECRET,
    ] {
        assert!(!kept.contains(secret));
    }

    let bench = Bench::with(with_file()).await;
    assert_eq!(bench.userinfo(&access_token).await.json["username"], "ada");
    assert_eq!(bench.refresh(&refresh_token).await.status, StatusCode::OK);
    assert_eq!(bench.exchange(&open_code).await.status, StatusCode::OK);
    assert_eq!(
        bench.authorize_as(&cookie, &[]).await.status(),
        StatusCode::SEE_OTHER
    );
    assert!(bench.sign_in("ada", "another password").await.is_none());
    assert_eq!(
        bench.refresh(&refresh_token).await.json["error"],
        "invalid_grant"
    );
    assert_eq!(
        bench.exchange(&spent_code).await.json["error"],
        "invalid_grant"
    );
}

#[tokio::test]
async fn a_state_file_that_cannot_be_read_stops_the_start_and_stays() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sandbox.json");
    std::fs::write(&file, "{not json").unwrap();
    let settings = SandboxSettings {
        state_file: Some(file.clone()),
        ..settings()
    };
    let error = start(settings).await.unwrap_err();
    assert!(error.to_string().contains("sandbox.json"), "{error}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "{not json");
}

#[tokio::test]
async fn the_developers_token_can_be_another_one_and_no_secret_is_in_debug() {
    let settings = SandboxSettings {
        developer_token: Some(SecretString::from("dev-other")),
        ..settings()
    };
    let debug = format!("{settings:?}");
    assert!(
        !debug.contains(SECRET) && !debug.contains("dev-other"),
        "{debug}"
    );
    let bench = Bench::with(settings).await;
    let app = json!({"name": "App", "redirect_uri": "https://app.example/cb"});
    let register =
        |token: &str| answer(bench.post("/api/oauth_apps").bearer_auth(token).json(&app));
    assert_eq!(
        register("dev-sandbox").await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(register("dev-other").await.json["success"], true);
}
