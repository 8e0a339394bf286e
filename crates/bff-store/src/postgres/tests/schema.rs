//! The tables: made once by many replicas at once, refused when newer, and used with few rights.

use tokio::runtime::Handle;

use super::{Postgres, eventually, fails_in_time, servers, store_on};
use crate::contract::record;
use crate::{PostgresServers, PostgresStore, SessionStore};

/// The rights that docs/operations.md requires of a role for which the tables were made.
const RIGHTS: &str = "GRANT USAGE ON SCHEMA bff TO app; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA bff TO app";

#[tokio::test]
async fn many_replicas_that_start_at_once_make_the_tables_once() {
    let server = Postgres::start("").await;
    let stores: Vec<_> = (0..12).map(|_| store_on(&[server.port()])).collect();
    let pings = stores.iter().map(SessionStore::ping);
    for ping in futures_util::future::join_all(pings).await {
        ping.unwrap();
    }
    assert_eq!(server.query("SELECT version FROM bff.schema_version"), "1");
}

#[tokio::test]
async fn tables_of_a_newer_release_are_refused_and_left_unchanged() {
    let server = Postgres::start("").await;
    let running = store_on(&[server.port()]);
    let record = record();
    running.create(record.clone()).await.unwrap();
    assert!(server.try_query("UPDATE bff.schema_version SET version = 7"));
    let store = store_on(&[server.port()]);
    let line = "the database was written by a newer release (schema 7, this one knows 1); run that release, or name another database";
    assert_eq!(store.refusal().await.as_deref(), Some(line));
    let error = fails_in_time(store.load(&record.key)).await;
    assert_eq!(error.to_string(), format!("session store: {line}"));
    assert_eq!(server.query("SELECT version FROM bff.schema_version"), "7");
    // A replica that was running before goes on, because both releases run during an upgrade.
    assert_eq!(running.load(&record.key).await.unwrap(), Some(record));
}

#[tokio::test]
async fn a_role_with_the_documented_rights_is_enough() {
    let operations = include_str!("../../../../../docs/operations.md");
    for part in RIGHTS.split("; ") {
        assert!(operations.contains(part), "{part}");
    }
    let server = Postgres::start("").await;
    assert!(server.try_query("CREATE ROLE app LOGIN"));
    let as_app = || {
        let servers = PostgresServers {
            username: "app".to_owned(),
            ..servers(&[server.port()])
        };
        PostgresStore::new(servers, Handle::current())
    };
    let error = fails_in_time(as_app().ping()).await;
    assert!(error.to_string().contains("42501"), "{error}");
    store_on(&[server.port()]).ping().await.unwrap();
    assert!(server.try_query(RIGHTS));
    let (store, record) = (as_app(), record());
    store.create(record.clone()).await.unwrap();
    assert!(store.load(&record.key).await.unwrap().is_some());
    store
        .sweep(
            record.created_at,
            record.created_at.minus(std::time::Duration::from_secs(1)),
        )
        .await
        .unwrap();
    store.delete(&record.key).await.unwrap();
    store.ping().await.unwrap();
}

#[tokio::test]
async fn tables_that_are_dropped_are_made_again() {
    let server = Postgres::start("").await;
    let store = store_on(&[server.port()]);
    store.create(record()).await.unwrap();
    assert!(server.try_query("DROP SCHEMA bff CASCADE"));
    let found = eventually(async || store.load(&record().key).await.ok()).await;
    assert_eq!(found, None);
}
