//! The rows: updates that change no index, one statement for each call, sweeps of one replica at a time, and rows that another program spoiled.

use std::time::Duration;

use super::{Postgres, eventually, store_on};
use crate::contract::record;
use crate::{Record, SessionStore as _};
use bff_core::{Clock as _, SystemClock, Timestamp, UserId};

/// Makes a session of the size that a login makes.
fn session(now: Timestamp) -> Record {
    Record {
        created_at: now,
        last_seen_at: now,
        profile: vec![7; 150],
        tokens: vec![7; 900],
        ..record()
    }
}

#[tokio::test]
async fn uses_and_refreshes_of_a_session_change_no_index() {
    let server = Postgres::start("").await;
    let store = store_on(&[server.port()]);
    // The middle of a day, so that no use is on the next.
    let noon = Timestamp::from_millis(
        SystemClock.now().as_millis() / 86_400_000 * 86_400_000 + 43_200_000,
    );
    let sessions: Vec<_> = (0..100).map(|_| session(noon)).collect();
    for session in &sessions {
        store.create(session.clone()).await.unwrap();
    }
    for minute in 1..=20 {
        for session in &sessions {
            let at = noon.plus(Duration::from_secs(60 * minute));
            assert!(store.touch(&session.key, at).await.unwrap());
            let tokens = session.tokens.clone();
            store
                .swap_tokens(&session.key, minute, tokens)
                .await
                .unwrap();
        }
    }
    let counts = "SELECT n_tup_hot_upd, n_tup_upd FROM pg_stat_user_tables WHERE relid = 'bff.session'::regclass";
    let (hot, all) = eventually(async || {
        let counts = server.query(counts);
        let (hot, all) = counts.split_once('|')?;
        let (hot, all): (u32, u32) = (hot.parse().ok()?, all.parse().ok()?);
        (all == 4_000).then_some((hot, all))
    })
    .await;
    // Some pages are full when two of their rows change at once.
    println!("{hot} of {all} updates changed no index");
    assert!(hot * 10 >= all * 9, "{hot} of {all}");
}

#[tokio::test]
async fn each_call_is_one_statement_without_a_name() {
    let server = Postgres::start("").await;
    let store = store_on(&[server.port()]);
    let record = record();
    store.create(record.clone()).await.unwrap();
    server.configure("log_statement = all");
    eventually(async || (server.query("SHOW log_statement") == "all").then_some(())).await;
    let before = server.log().matches("execute <unnamed>").count();
    store.load(&record.key).await.unwrap();
    store.touch(&record.key, record.created_at).await.unwrap();
    store
        .swap_tokens(&record.key, 1, b"x".to_vec())
        .await
        .unwrap();
    store.of_user(&UserId::new("7"), 0, 10).await.unwrap();
    store.delete(&record.key).await.unwrap();
    let log = server.log();
    assert_eq!(
        log.matches("execute <unnamed>").count() - before,
        5,
        "{log}"
    );
    assert!(!log.contains("execute s"), "{log}");
    assert!(!log.contains("BEGIN;"), "{log}");
}

#[tokio::test]
async fn only_one_replica_sweeps_at_a_time() {
    let server = Postgres::start("").await;
    let store = store_on(&[server.port()]);
    let over = Record {
        absolute_expires_at: Timestamp::from_millis(2_000),
        ..record()
    };
    for number in 0..1_200_u16 {
        let mut key = [0; 32];
        key[..2].copy_from_slice(&number.to_be_bytes());
        let key = bff_core::SessionKey::from_bytes(key);
        store
            .create(Record {
                key,
                ..over.clone()
            })
            .await
            .unwrap();
    }
    let now = Timestamp::from_millis(3_000);
    let unused_since = Timestamp::from_millis(0);
    let other = server.connect().await;
    let lock = "SELECT pg_advisory_lock(1631733318, 2)";
    other.batch_execute(lock).await.unwrap();
    assert_eq!(store.sweep(now, unused_since).await.unwrap(), 0);
    let unlock = "SELECT pg_advisory_unlock(1631733318, 2)";
    other.batch_execute(unlock).await.unwrap();
    let sweeps = (0..4).map(|_| store.sweep(now, unused_since));
    let swept = futures_util::future::join_all(sweeps).await;
    let swept: u64 = swept.into_iter().map(Result::unwrap).sum();
    let rest = store.sweep(now, unused_since).await.unwrap();
    assert_eq!(swept + rest, 1_200);
    assert_eq!(server.query("SELECT count(*) FROM bff.session"), "0");
}

#[tokio::test]
async fn sessions_that_were_not_used_are_swept_to_the_millisecond() {
    let server = Postgres::start("").await;
    let store = store_on(&[server.port()]);
    let since = Timestamp::from_millis(1_700_000_000_000);
    for last_seen_at in [since, since.plus(Duration::from_millis(1))] {
        let record = Record {
            last_seen_at,
            ..record()
        };
        store.create(record).await.unwrap();
    }
    assert_eq!(store.sweep(since, since).await.unwrap(), 1);
    assert_eq!(store.sweep(since, since).await.unwrap(), 0);
    assert_eq!(store.all().await.unwrap().len(), 1);
}

/// Covers: ASVS-1.5.2
#[tokio::test]
async fn an_invalid_row_counts_as_no_session_and_hides_no_other() {
    let server = Postgres::start("").await;
    let store = store_on(&[server.port()]);
    let (spoiled, whole) = (record(), record());
    for record in [&spoiled, &whole] {
        store.create(record.clone()).await.unwrap();
    }
    let client = server.connect().await;
    for spoil in ["version = -1", "user_id = '\\xff'"] {
        let change = format!("UPDATE bff.session SET {spoil} WHERE key = $1");
        let key: &[u8] = spoiled.key.as_bytes();
        client.execute(&change, &[&key]).await.unwrap();
        assert_eq!(store.load(&spoiled.key).await.unwrap(), None);
        assert_eq!(store.all().await.unwrap(), std::slice::from_ref(&whole));
    }
}

#[tokio::test]
async fn a_user_id_may_contain_any_character() {
    let server = Postgres::start("").await;
    let store = store_on(&[server.port()]);
    for id in ["a\0b", "'; DROP SCHEMA bff; --", "中文"] {
        let record = Record {
            user: Some(UserId::new(id)),
            ..record()
        };
        store.create(record.clone()).await.unwrap();
        let found = store.of_user(&UserId::new(id), 0, 10).await.unwrap();
        assert_eq!(found, [record]);
    }
}
