//! Two replicas on PostgreSQL, also behind a pooler, without a server for a while, and with rows that were altered.

use futures_util::future::join_all;
use serde_json::json;

use super::replicas::{comes_back, is_told};
use crate::support::*;

#[tokio::test]
async fn a_session_of_one_replica_is_known_at_the_other_also_behind_a_pooler() {
    let postgres = PostgresServer::start("").await;
    let pooler = PgBouncer::start(&postgres).await;
    for store in [postgres.url(), pooler.url()] {
        let replicas = Replicas::start(BINARY, &store, &[]).await;
        let here = replicas.one.browser();
        here.sign_in().await;
        let there = replicas.moved(&here);
        assert!(there.is_signed_in().await);
        assert_eq!(there.fetch("GET", "/api/user/info").await.status, 200);
        let listed = there.fetch("GET", "/api/sessions").await;
        assert_eq!(listed.status, 200, "{}", listed.text());

        assert_eq!(there.fetch("POST", "/auth/logout").await.status, 204);
        assert!(!here.is_signed_in().await);
    }
}

/// Covers: ASVS-13.2.6, ASVS-16.5.3-store
#[tokio::test]
async fn an_outage_of_postgres_is_answered_in_time_and_ends_no_session() {
    let mut postgres = PostgresServer::start("").await;
    let replicas = Replicas::start(BINARY, &postgres.url(), &[]).await;
    let here = replicas.one.browser();
    here.sign_in().await;
    let there = replicas.moved(&here);

    postgres.freeze();
    tokio::join!(is_told(&here), is_told(&there));
    postgres.thaw();
    comes_back(&here).await;
    comes_back(&there).await;

    postgres.kill();
    tokio::join!(is_told(&here), is_told(&there));
    postgres.restart().await;
    comes_back(&here).await;
    comes_back(&there).await;
}

/// Covers: RFC6749-6-2
#[tokio::test]
async fn of_many_expiries_over_postgres_no_refresh_token_is_used_twice() {
    let postgres = PostgresServer::start("").await;
    let replicas = Replicas::start(BINARY, &postgres.url(), &[]).await;
    let here = replicas.one.browser();
    here.sign_in().await;
    let there = replicas.moved(&here);
    let rounds = 20;
    for round in 0..rounds {
        replicas.one.expire_tokens("demo").await;
        let calls = (0..12).map(|number| {
            let browser = if number % 2 == 0 { &here } else { &there };
            let path = ["/api/user/info", "/api/sessions", "/api/session"][number % 3];
            browser.fetch("GET", path)
        });
        for answer in join_all(calls).await {
            assert_eq!(answer.status, 200, "round {round}: {}", answer.text());
        }
    }
    assert_eq!(replicas.one.count("reuses").await, 0);
    assert_eq!(replicas.one.count("refreshes").await, rounds);
}

#[tokio::test]
async fn a_row_that_was_altered_is_no_session_and_no_fault() {
    let postgres = PostgresServer::start("").await;
    let program = BINARY
        .start_with(&[("SESSION_STORE", &postgres.url())])
        .await;
    for spoil in [
        "tokens = '\\x00'",
        "profile = substr(profile, 1, 20)",
        "tokens = substr(tokens, 1, length(tokens) - 1) || '\\x00'",
        "tokens = profile",
        "profile = convert_to('{\"user\":\"demo\"}', 'UTF8')",
        "version = version + 1",
        "version = -1",
        "user_id = '\\xff'",
    ] {
        assert!(postgres.try_query("TRUNCATE bff.session"));
        let browser = program.browser();
        browser.sign_in().await;
        assert!(browser.is_signed_in().await);
        assert!(postgres.try_query(&format!("UPDATE bff.session SET {spoil}")));
        for _ in 0..2 {
            let answer = browser.fetch("GET", "/api/session").await;
            assert_eq!(answer.json(), json!({ "authenticated": false }), "{spoil}");
            let answer = browser.fetch("GET", "/api/user/info").await;
            answer.is_problem(401, "not_authenticated");
        }
    }
    assert!(program.log().contains("session_record_unreadable"));
}

#[tokio::test]
async fn keys_rotate_over_postgres_and_end_no_session() {
    const OLD: &str = "AJdSXzfH1AFhZgQycPHeK+syTfbIs0X+xgTyb/szDvI=";
    const NEW: &str = "OkhJIg15vEX8ujlt0HHu/0pM02zWf2b3OXZVbeSYCIs=";
    let postgres = PostgresServer::start("").await;
    let store = postgres.url();
    let settings = [("SESSION_STORE", store.as_str()), ("SESSION_KEYS", OLD)];
    let mut program = BINARY.start_with(&settings).await;
    let browser = program.browser();
    browser.sign_in().await;
    let both = format!("{NEW},{OLD}");
    for (keys, is_signed_in) in [(both.as_str(), true), (NEW, false)] {
        program.kill();
        program.start_again(&[("SESSION_KEYS", keys)]).await;
        assert_eq!(browser.is_signed_in().await, is_signed_in, "{keys}");
    }
}

#[tokio::test]
async fn commands_work_beside_the_program_and_a_newer_schema_stops_the_start() {
    let postgres = PostgresServer::start("").await;
    let store = postgres.url();
    let keys = "AJdSXzfH1AFhZgQycPHeK+syTfbIs0X+xgTyb/szDvI=";
    let settings = [("SESSION_STORE", store.as_str()), ("SESSION_KEYS", keys)];
    let program = BINARY.start_with(&settings).await;
    let browser = program.browser();
    browser.sign_in().await;
    let folder = tempfile::tempdir().expect("a folder can be made");
    let run = |arguments: &[&str]| {
        let configure = |command: &mut std::process::Command| {
            command.envs(settings);
        };
        BINARY.run(&Addresses::free(), folder.path(), arguments, "", configure)
    };
    let listed = run(&["sessions", "list"]);
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let line = listed.lines().nth(1).expect("one session");
    let handle = line.split(' ').next().expect("a handle");
    let revoked = run(&["sessions", "revoke", handle]);
    assert_eq!(revoked.status.code(), Some(0));
    assert!(!browser.is_signed_in().await);

    assert!(postgres.try_query("UPDATE bff.schema_version SET version = 99"));
    let refused = run(&["serve"]);
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(2), "{said}");
    assert!(
        said.contains("session.store: the database was written by a newer release"),
        "{said}"
    );
}
