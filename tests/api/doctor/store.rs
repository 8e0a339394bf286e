//! Faults of the store.

use super::{Report, start};
use crate::support::*;

fn store(redis: &RedisServer) -> String {
    format!("redis://127.0.0.1:{}", redis.port())
}

#[tokio::test]
async fn a_redis_in_order_passes_and_one_that_drops_sessions_is_named() {
    let redis = RedisServer::start("appendonly yes").await;
    let program = start(&[("SESSION_STORE", &store(&redis))]).await;
    let report = Report::beside(&program, &[]);
    assert_eq!(report.failed(), [""; 0], "{}", report.shown);
    for (check, words) in [
        ("store_rights", "may run every command"),
        ("store_eviction", "drops no session"),
        ("store_persistence", "appendonly yes"),
        ("store_latency", "median of 5"),
    ] {
        report.names(check, words);
    }
    let mut connection = redis::Client::open(store(&redis))
        .unwrap()
        .get_connection()
        .unwrap();
    let left: Vec<String> = redis::cmd("KEYS")
        .arg("bff:doctor:*")
        .query(&mut connection)
        .unwrap();
    assert_eq!(left, [""; 0], "it leaves nothing behind");
    for (name, value) in [("maxmemory-policy", "allkeys-lru"), ("appendonly", "no")] {
        redis::cmd("CONFIG")
            .arg("SET")
            .arg(name)
            .arg(value)
            .exec(&mut connection)
            .unwrap();
    }
    let report = Report::beside(&program, &[]);
    report.only("store_eviction", "maxmemory-policy allkeys-lru");
    report.names("store_persistence", "loses the sessions");
}

#[tokio::test]
async fn a_right_that_the_account_lacks_is_named_and_the_rights_of_the_document_suffice() {
    let (_, rights) = OPERATIONS.split_once("~bff:* ").expect("the rights");
    let rights = rights.split('`').next().expect("the rights");
    let user = |rights: &str| format!("requirepass of-nobody\nuser app on >canary ~bff:* {rights}");
    let redis = RedisServer::start(&user(rights)).await;
    let address = format!("redis://app:canary@127.0.0.1:{}", redis.port());
    let program = start(&[("SESSION_STORE", &address)]).await;
    let report = Report::beside(&program, &[]);
    assert_eq!(report.failed(), [""; 0], "{}", report.shown);
    report.names("store_eviction", "not measured");

    let redis = RedisServer::start(&user(
        &rights.replace("+hgetall", "").replace("+exists", ""),
    ))
    .await;
    let address = format!("redis://app:canary@127.0.0.1:{}", redis.port());
    let report = Report::beside(&program, &[("SESSION_STORE", &address)]);
    report.fails("store_rights", "the account may not run EXISTS, HGETALL");

    let wrong = format!("redis://app:canary-wrong@127.0.0.1:{}", redis.port());
    Report::beside(&program, &[("SESSION_STORE", &wrong)])
        .fails("store", "Redis refuses the login");
}

#[tokio::test]
async fn a_store_that_is_away_is_named() {
    let mut redis = RedisServer::start("").await;
    let program = start(&[("SESSION_STORE", &store(&redis))]).await;
    redis.kill();
    Report::beside(&program, &[]).fails("store", "session store: ");
}

#[tokio::test]
async fn the_durability_of_postgres_is_reported() {
    let postgres = PostgresServer::start("fsync = off").await;
    let program = start(&[("SESSION_STORE", &postgres.url())]).await;
    let report = Report::beside(&program, &[]);
    report.only("store_persistence", "a crash of the server loses sessions");

    let lines = "fsync = on\nfull_page_writes = on\nsynchronous_commit = on";
    let postgres = PostgresServer::start(lines).await;
    let program = start(&[("SESSION_STORE", &postgres.url())]).await;
    let report = Report::beside(&program, &[]);
    assert_eq!(report.failed(), [""; 0], "{}", report.shown);
    report.names("store_persistence", "but not its loss");
}
