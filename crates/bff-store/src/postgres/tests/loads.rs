//! Loads that share queries.

use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::join_all;

use super::{Postgres, eventually, store_on};
use crate::SessionStore as _;
use crate::contract::record;

#[tokio::test]
async fn a_thousand_loads_at_once_are_a_few_statements() {
    let server = Postgres::start("").await;
    let store = store_on(&[server.port()]);
    let records: Vec<_> = (0..50).map(|_| record()).collect();
    for record in &records {
        store.create(record.clone()).await.unwrap();
    }
    let unknown = record().key;
    server.configure("log_statement = all");
    eventually(async || (server.query("SHOW log_statement") == "all").then_some(())).await;

    let loads = (0..1_000).map(|number| store.load(&records[number % 50].key));
    let (found, nothing) = tokio::join!(join_all(loads), store.load(&unknown));
    for (number, found) in found.into_iter().enumerate() {
        assert_eq!(found.unwrap().as_ref(), Some(&records[number % 50]));
    }
    assert_eq!(nothing.unwrap(), None);
    let statements = server.log().matches("WHERE key = ANY").count();
    assert!((1..=20).contains(&statements), "{statements}");
}

#[tokio::test]
async fn a_load_is_never_answered_by_a_query_from_before_its_call() {
    let server = Postgres::start("").await;
    let store = Arc::new(store_on(&[server.port()]));
    let record = record();
    store.create(record.clone()).await.unwrap();
    let load = || {
        let (store, key) = (Arc::clone(&store), record.key);
        tokio::spawn(async move { store.load(&key).await.unwrap().unwrap().version })
    };
    for version in 2..=20 {
        // As many queries as may be on the way at once. From the second time on their connections are there.
        let mut others = Vec::new();
        for _ in 0..5 {
            others.push(load());
            for _ in 0..5 {
                tokio::task::yield_now().await;
            }
        }
        // It blocks this thread, so that the server has answered the queries, and no answer is read.
        assert!(server.try_query(&format!("UPDATE bff.session SET version = {version}")));
        assert_eq!(load().await.unwrap(), version);
        for other in others {
            other.await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_caller_that_gives_up_ends_no_query_of_others() {
    let server = Postgres::start("").await;
    let store = store_on(&[server.port()]);
    let record = record();
    store.create(record.clone()).await.unwrap();
    for _ in 0..20 {
        assert!(store.load(&record.key).now_or_never().is_none());
    }
    let others = join_all((0..20).map(|_| store.load(&record.key))).await;
    for found in others {
        assert_eq!(found.unwrap().as_ref(), Some(&record));
    }
}

#[tokio::test]
async fn a_damaged_row_fails_the_loads_of_its_own_session_only() {
    let server = Postgres::start("").await;
    let store = store_on(&[server.port()]);
    let records: Vec<_> = (0..40).map(|_| record()).collect();
    for record in &records {
        store.create(record.clone()).await.unwrap();
    }
    // To read this row is an error of the server, as it is for a row on a damaged page.
    let damaged = records[20]
        .key
        .as_bytes()
        .map(|byte| format!("{byte:02x}"))
        .concat();
    assert!(server.try_query(&format!(
        "ALTER TABLE bff.session RENAME TO stored; CREATE VIEW bff.session AS SELECT key, user_id, created_at, last_seen_at, absolute_expires_at, \
         version / (key <> '\\x{damaged}')::int AS version, ended, profile, tokens, app_data FROM bff.stored"
    )));
    let found = join_all(records.iter().map(|record| store.load(&record.key))).await;
    for (number, (found, record)) in found.into_iter().zip(&records).enumerate() {
        match found {
            Ok(found) => assert_eq!((number != 20, found.as_ref()), (true, Some(record))),
            Err(_) => assert_eq!(number, 20),
        }
    }
}
