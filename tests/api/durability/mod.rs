//! Crashes and restarts: a session that a browser received survives. The provider runs in the test's own process.

#[cfg(target_os = "linux")]
mod full_disk;
mod lost_file;
mod spoiled;
mod unwritable;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;

use crate::support::provider::{beside_a_provider, browser};
use crate::support::*;

/// Covers: BFF-6.1.2.3-1
#[tokio::test]
async fn a_login_that_began_before_a_crash_finishes_after_it() {
    let (_provider, mut program) = beside_a_provider(BINARY).await;
    let browser = browser(&program);
    let callback = browser.come_back("?return_to=/orders").await;
    program.kill();
    program.start_again(&[]).await;
    assert_eq!(
        browser.arrive(&callback).await.location(),
        "/orders?login=success"
    );
    assert_eq!(browser.fetch("GET", "/api/user/info").await.status, 200);
}

#[tokio::test]
async fn a_session_that_a_browser_received_survives_a_crash_right_after() {
    let (_provider, mut program) = beside_a_provider(BINARY).await;
    for _ in 0..3 {
        let browser = browser(&program);
        browser.sign_in().await;
        program.kill();
        program.start_again(&[]).await;
        assert!(browser.is_signed_in().await);
        assert_eq!(browser.fetch("GET", "/api/user/info").await.status, 200);
    }
}

/// Covers: ASVS-7.4.1
#[tokio::test]
async fn a_session_that_was_ended_stays_ended_after_a_crash_in_the_next_instant() {
    let (_provider, mut program) = beside_a_provider(BINARY).await;
    let browser = browser(&program);
    browser.sign_in().await;
    let copy = browser.copy();
    assert_eq!(browser.fetch("POST", "/auth/logout").await.status, 204);
    program.kill();
    program.start_again(&[]).await;
    copy.fetch("GET", "/api/user/info")
        .await
        .is_problem(401, "not_authenticated");
}

/// Covers: RFC6749-4.1.2-2
#[tokio::test]
async fn an_answer_that_was_used_before_a_crash_is_not_used_again_after_it() {
    let (_provider, mut program) = beside_a_provider(BINARY).await;
    let browser = browser(&program);
    let callback = browser.come_back("").await;
    let before = browser.copy();
    assert_eq!(browser.arrive(&callback).await.status, 303);
    program.kill();
    program.start_again(&[]).await;
    assert_eq!(
        before.arrive(&callback).await.location(),
        "/?error=invalid_state"
    );
    assert_eq!(program.count("code_exchanges").await, 1);
}

/// Covers: RFC6749-6-2
#[tokio::test]
async fn tokens_that_were_renewed_before_a_crash_are_the_ones_used_after_it() {
    let (_provider, mut program) = beside_a_provider(BINARY).await;
    let browser = browser(&program);
    browser.sign_in().await;
    for _ in 0..3 {
        program.expire_tokens("demo").await;
        assert_eq!(browser.fetch("GET", "/api/user/info").await.status, 200);
        program.kill();
        program.start_again(&[]).await;
    }
    program.expire_tokens("demo").await;
    assert_eq!(browser.fetch("GET", "/api/user/info").await.status, 200);
    assert_eq!(program.count("refreshes_granted").await, 4);
    assert_eq!(program.count("reuses").await, 0);
}

/// Covers: DRV-SHUTDOWN
#[tokio::test]
async fn an_orderly_stop_waits_for_the_refresh_that_is_under_way() {
    let (_provider, mut program) = beside_a_provider(BINARY).await;
    let browser = browser(&program);
    browser.sign_in().await;
    program.expire_tokens("demo").await;
    program.set(json!({ "latency_ms": 300 })).await;
    let call = browser.fetch("GET", "/api/user/info");
    let stopping = async {
        program
            .wait_for(json!({ "endpoint": "userinfo", "outcome": "invalid_token" }))
            .await;
        assert_eq!(program.stop().code(), Some(0));
    };
    let (answer, ()) = tokio::join!(call, stopping);
    assert_eq!(answer.status, 200, "the call in flight is answered");
    program.start_again(&[]).await;
    assert_eq!(browser.fetch("GET", "/api/user/info").await.status, 200);
    assert_eq!(program.count("reuses").await, 0);
}

/// Covers: RFC6749-10.3-1
#[tokio::test]
async fn keys_are_rotated_without_ending_a_session() {
    let (_provider, mut program) = beside_a_provider(BINARY).await;
    let keygen = |program: &Program| {
        let output = program.run(&["keygen"], "");
        String::from_utf8(output.stdout)
            .expect("text")
            .trim()
            .to_owned()
    };
    let (old, new) = (keygen(&program), keygen(&program));
    assert_ne!(old, new);
    assert_eq!(program.stop().code(), Some(0));
    program.start_again(&[("SESSION_KEYS", &old)]).await;
    let browser = browser(&program);
    browser.sign_in().await;
    let pending = browser.come_back("").await;
    let waiting = browser.copy();

    program.kill();
    program
        .start_again(&[("SESSION_KEYS", &format!("{new},{old}"))])
        .await;
    assert_eq!(
        browser.fetch("GET", "/api/user/info").await.status,
        200,
        "the older key still opens"
    );
    assert_eq!(
        waiting.arrive(&pending).await.location(),
        "/?login=success",
        "an attempt too"
    );

    // A record that was written since is sealed by the new key; one that was not is gone with the old key, quietly.
    program.kill();
    program.start_again(&[("SESSION_KEYS", &new)]).await;
    assert!(waiting.is_signed_in().await);
    assert_eq!(
        browser.fetch("GET", "/api/session").await.json(),
        json!({ "authenticated": false })
    );
    browser
        .fetch("GET", "/api/user/info")
        .await
        .is_problem(401, "not_authenticated");
    assert_eq!(browser.open("/").await.status, 200);
}

#[tokio::test]
async fn a_store_that_is_no_store_stops_the_start_and_is_left_as_it_is() {
    let (_provider, mut program) = beside_a_provider(BINARY).await;
    program.kill();
    let store = program.folder.path().join("data/sessions.db");
    for companion in ["data/sessions.db-wal", "data/sessions.db-shm"] {
        drop(fs::remove_file(program.folder.path().join(companion)));
    }
    let garbage = vec![b'x'; 10_000];
    fs::write(&store, &garbage).unwrap();
    let output = program.run(&["serve"], "");
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("session.store"), "{told}");
    assert_eq!(fs::read(&store).unwrap(), garbage);
}

/// Covers: RFC6749-10.3-1
#[tokio::test]
async fn what_it_keeps_is_for_its_owner_only_and_holds_nothing_in_clear() {
    let program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    let data = program.folder.path().join("data");
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    let id = browser.session();
    for entry in fs::read_dir(&data).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
        let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
        if path.file_name().is_some_and(|name| name != "sandbox.json") {
            for secret in [id.as_str(), "refresh_", "eyJ", "demo@example.com"] {
                assert!(!text.contains(secret), "{} holds {secret}", path.display());
            }
        }
    }
}

#[tokio::test]
async fn a_session_file_that_others_may_read_is_closed_to_them_at_the_start() {
    let mut program = BINARY.start().await;
    let data = program.folder.path().join("data");
    let names = ["sessions.db", "sessions.db-wal", "sessions.db-shm"];
    for mode in [0o644, 0o666, 0o640] {
        program.kill();
        for name in names {
            fs::set_permissions(data.join(name), fs::Permissions::from_mode(mode)).unwrap();
        }
        program.start_again(&[]).await;
        program.sign_in_as("demo").await;
        program.browser().sign_in().await;
        for name in names {
            let found = fs::metadata(data.join(name)).unwrap().permissions().mode();
            assert_eq!(found & 0o777, 0o600, "{name} was {mode:o}");
        }
    }
}
