//! The id, the limits and the stored record of a session.

use std::collections::BTreeSet;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures_util::future::join_all;
use rusqlite::Connection;
use serde_json::json;

use crate::support::*;

fn store(program: &Program) -> Connection {
    Connection::open(program.folder.path().join("data/sessions.db")).expect("a store")
}

/// Covers: ASVS-7.2.3, ASVS-16.5.3-store
#[tokio::test]
async fn hundreds_of_logins_at_once_succeed_and_each_has_an_id_of_its_own() {
    // The calls are slow, because they are made at once and at the finest log level.
    let no_limit = [("BFF_SESSION__MAX_PER_USER", "0")];
    let program = BINARY
        .start_with(&[&LONG_LIMITS[..], &no_limit].concat())
        .await;
    let browsers: Vec<Browser> = (0..200).map(|_| program.browser()).collect();
    let callbacks = join_all(browsers.iter().map(|browser| browser.come_back(""))).await;
    let all = browsers.iter().zip(&callbacks);
    let answers = join_all(all.map(|(browser, callback)| browser.arrive(callback))).await;
    let mut ids = Vec::new();
    for (answer, browser) in answers.iter().zip(&browsers) {
        assert_eq!(answer.location(), "/?login=success");
        let id = browser.session();
        let bytes = URL_SAFE_NO_PAD.decode(&id).expect("base64url");
        assert_eq!(bytes.len(), 32, "256 bits: {id}");
        ids.push(id);
    }
    for part in [0..4, 20..24, 38..42] {
        let parts: BTreeSet<&str> = ids.iter().map(|id| &id[part.clone()]).collect();
        assert!(parts.len() >= 198, "{} at {part:?}", parts.len());
    }
    let uses = join_all(
        browsers
            .iter()
            .map(|browser| browser.fetch("GET", "/api/user/info")),
    )
    .await;
    assert!(uses.iter().all(|answer| answer.status == 200));
}

/// Covers: OWASP-SESS-strict
#[tokio::test]
async fn an_id_that_is_no_session_is_never_taken_over() {
    let program = BINARY.start().await;
    let browser = program.browser();
    browser.sign_in().await;
    let old = browser.copy();
    assert_eq!(browser.fetch("POST", "/auth/logout").await.status, 204);
    assert!(
        store(&program)
            .query_row("SELECT 1 FROM session", [], |_| Ok(()))
            .is_err()
    );
    for path in ["/", "/api/session", "/auth/oauth/start"] {
        let answer = old.open(path).await;
        assert!(
            answer.set_cookie("session").is_empty() || answer.removes_session(),
            "{path}"
        );
    }
    assert!(!old.is_signed_in().await);
    let left = store(&program).query_row("SELECT 1 FROM session", [], |_| Ok(()));
    assert!(left.is_err(), "nothing was made of it");
    let planted = old.session();
    old.sign_in().await;
    assert_ne!(old.session(), planted);
    let again = fetch("GET", "/api/user/info").header("Cookie", &format!("session={planted}"));
    let answer = program.browser().send_bare(again).await;
    answer.is_problem(401, "not_authenticated");
}

/// Covers: ASVS-7.3.2
#[tokio::test]
async fn a_refresh_moves_no_limit() {
    let program = BINARY
        .start_with(&[
            ("BFF_SESSION__IDLE_TTL", "5s"),
            ("BFF_SESSION__ABSOLUTE_TTL", "5s"),
        ])
        .await;
    let browser = program.browser();
    browser.sign_in().await;
    let limit = || {
        let asked = "SELECT absolute_expires_at FROM session WHERE ended IS NULL";
        store(&program)
            .query_row(asked, [], |row| row.get::<_, i64>(0))
            .ok()
    };
    let first = limit().expect("a session");
    // A jar that keeps the cookie for longer than it was told to.
    let stubborn = browser.copy();
    stubborn.jar().put("session", Some(&browser.session()));
    let mut calls = 0;
    loop {
        program.expire_tokens("demo").await;
        let answer = stubborn.fetch("GET", "/api/user/info").await;
        if answer.status != 200 {
            answer.is_problem(401, "session_expired");
            break;
        }
        calls += 1;
        assert!(limit().is_none_or(|now| now == first));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(calls > 1, "{calls} calls");
    assert!(program.count("refreshes_granted").await >= calls);
}

/// Covers: RFC6749-10.3-1, ASVS-1.5.2
#[tokio::test]
async fn a_record_that_was_altered_is_no_session_and_no_fault() {
    for spoil in [
        "UPDATE session SET tokens = zeroblob(100)",
        "UPDATE session SET profile = substr(profile, 1, 20)",
        "UPDATE session SET tokens = CAST(substr(tokens, 1, length(tokens) - 1) || x'00' AS BLOB)",
        "UPDATE session SET tokens = profile",
        "UPDATE session SET profile = zeroblob(1048576)",
        "UPDATE session SET profile = CAST('{\"user\":\"demo\"}' AS BLOB)",
        "UPDATE session SET version = version + 1",
        "UPDATE session SET version = -1",
        "UPDATE session SET user = CAST(x'ff' AS TEXT)",
        "UPDATE session SET ended = CAST(x'ff' AS TEXT)",
    ] {
        let program = BINARY.start().await;
        let browser = program.browser();
        browser.sign_in().await;
        assert_eq!(store(&program).execute(spoil, []).expect(spoil), 1);
        for _ in 0..2 {
            let answer = browser.fetch("GET", "/api/session").await;
            assert_eq!(answer.json(), json!({ "authenticated": false }), "{spoil}");
            let answer = browser.fetch("GET", "/api/user/info").await;
            answer.is_problem(401, "not_authenticated");
            assert_eq!(browser.open("/").await.status, 200, "{spoil}");
        }
        assert!(
            program.log().contains("session_record_unreadable"),
            "{spoil}"
        );
        let before = browser.session();
        browser.sign_in().await;
        assert_ne!(browser.session(), before, "{spoil}");
    }
}

/// Covers: BFF-6.1.2.3-1
#[tokio::test]
async fn every_hop_may_go_to_another_replica() {
    let redis = RedisServer::start("").await;
    let store = format!("redis://127.0.0.1:{}", redis.port());
    let mut replicas = Replicas::start(BINARY, &store, &[]).await;
    let mut browser = replicas.one.browser();
    let ours = browser.address.clone();
    let theirs = replicas.other.addresses.public.clone();
    let mut turn = 0;
    let mut next = |browser: &mut Browser| {
        turn += 1;
        browser.address = if turn % 2 == 0 {
            ours.clone()
        } else {
            theirs.clone()
        };
    };
    for _ in 0..2 {
        let callback = browser.come_back("").await;
        next(&mut browser);
        assert_eq!(
            browser.arrive(&callback).await.location(),
            "/?login=success"
        );
        for (method, path) in [
            ("GET", "/api/session"),
            ("GET", "/api/user/info"),
            ("POST", "/api/user/refresh"),
            ("GET", "/api/sessions"),
        ] {
            next(&mut browser);
            assert_eq!(browser.fetch(method, path).await.status, 200, "{path}");
        }
        replicas.one.expire_tokens("demo").await;
        for _ in 0..3 {
            next(&mut browser);
            assert_eq!(browser.fetch("GET", "/api/user/info").await.status, 200);
        }
        replicas.other.kill();
        replicas.other.start_again(&[]).await;
        next(&mut browser);
        assert!(browser.is_signed_in().await);
        next(&mut browser);
        assert_eq!(browser.fetch("POST", "/auth/logout").await.status, 204);
        next(&mut browser);
        assert!(!browser.is_signed_in().await);
    }
    assert_eq!(replicas.one.count("reuses").await, 0);
}

/// Covers: ASVS-16.5.3-store
#[tokio::test]
async fn while_the_store_is_away_pages_say_so_and_files_are_served() {
    let redis = RedisServer::start("").await;
    let store = format!("redis://127.0.0.1:{}", redis.port());
    let program = BINARY.start_with(&[("SESSION_STORE", &store)]).await;
    let browser = program.browser();
    browser.sign_in().await;
    redis.freeze();
    for path in ["/", "/auth/oauth/start"] {
        let answer = browser.open(path).await;
        assert_eq!(answer.status, 503, "{path}");
        assert_eq!(
            answer.header("content-type"),
            Some("text/html; charset=utf-8"),
            "{path}"
        );
        assert!(answer.header("retry-after").is_some(), "{path}");
        assert!(answer.all("set-cookie").is_empty(), "{path}");
    }
    let callback = navigation(
        "GET",
        "/oauth/callback?code=a&state=b",
        Initiator::CrossSite,
    );
    let answer = browser.send(callback, Initiator::CrossSite).await;
    assert!(answer.set_cookie("session").is_empty());
    for path in ["/favicon.ico", "/healthz"] {
        assert_eq!(browser.fetch("GET", path).await.status, 200, "{path}");
    }
    assert_eq!(browser.fetch("GET", "/readyz").await.status, 503);
    redis.thaw();
    while browser.fetch("GET", "/readyz").await.status != 200 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(browser.fetch("GET", "/api/user/info").await.status, 200);
}

/// Covers: ASVS-16.5.3-store
#[tokio::test]
async fn a_locked_session_file_fails_a_login_in_time_and_spends_nothing() {
    let program = BINARY.start().await;
    let person = program.browser();
    person.sign_in().await;
    let before = person.session();
    let callback = person.come_back("").await;
    program.forget_counts().await;
    let lock = store(&program);
    lock.execute_batch("BEGIN EXCLUSIVE").expect("a lock");
    let answer = person.arrive(&callback).await;
    assert_eq!(answer.location(), "/?error=server_error");
    assert!(answer.all("set-cookie").is_empty());
    assert_eq!(program.count("token_requests").await, 0);
    // Who is signed in may be served meanwhile, and is not signed out.
    assert_eq!(person.fetch("GET", "/api/user/info").await.status, 200);
    assert_eq!(person.session(), before);
    lock.execute_batch("ROLLBACK").expect("it is given back");
    assert_eq!(person.arrive(&callback).await.location(), "/?login=success");
    assert_ne!(person.session(), before);
}
