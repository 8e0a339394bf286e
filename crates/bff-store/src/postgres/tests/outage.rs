//! A server that freezes, is killed and restarts, is not reachable yet, or ends connections.

use super::{Postgres, eventually, fails_in_time, store_on};
use crate::contract::record;
use crate::port::free_port;
use crate::{Claim, SessionStore as _, Swap};
use bff_core::{Clock as _, EndCause, SystemClock};

#[tokio::test]
async fn a_frozen_server_is_an_error_in_time_and_is_used_again_when_it_goes_on() {
    let server = Postgres::start("").await;
    let store = store_on(&[server.port()]);
    let record = record();
    store.create(record.clone()).await.unwrap();

    server.freeze();
    tokio::join!(
        fails_in_time(store.swap_tokens(&record.key, 1, b"tokens 2".to_vec())),
        fails_in_time(store.load(&record.key)),
        fails_in_time(store.ping())
    );
    // More callers than connections.
    let many = (0..30).map(|_| fails_in_time(store.load(&record.key)));
    futures_util::future::join_all(many).await;

    server.thaw();
    let found = eventually(async || store.load(&record.key).await.ok()).await;
    assert!(found.is_some());
    // The write without an answer may have been executed once. A retry is safe, because its answer shows that.
    let again = store
        .swap_tokens(&record.key, 1, b"tokens 2".to_vec())
        .await;
    match again.unwrap() {
        Swap::Done(2) => {}
        Swap::Conflict(standing) => assert_eq!(standing.version, 2),
        other => panic!("{other:?}"),
    }
    let found = store.load(&record.key).await.unwrap().unwrap();
    assert_eq!((found.version, found.tokens), (2, b"tokens 2".to_vec()));
}

#[tokio::test]
async fn a_killed_server_is_an_error_in_time_and_keeps_what_was_answered() {
    let mut server = Postgres::start("").await;
    let store = store_on(&[server.port()]);
    let (live, ended) = (record(), record());
    for record in [&live, &ended] {
        store.create(record.clone()).await.unwrap();
    }
    let cause = EndCause::RefreshRefused;
    store.end(&ended.key, 1, cause).await.unwrap();

    server.kill();
    let (error, _) = tokio::join!(
        fails_in_time(store.load(&live.key)),
        fails_in_time(store.touch(&live.key, SystemClock.now()))
    );
    assert_eq!(
        error.to_string(),
        "session store: PostgreSQL refuses connections"
    );

    server.restart().await;
    let swap = store.swap_tokens(&live.key, 1, b"tokens 2".to_vec()).await;
    assert!(matches!(swap.unwrap(), Swap::Done(2)));
    let found = store.load(&ended.key).await.unwrap().unwrap();
    assert_eq!(found.ended, Some(cause));
}

#[tokio::test]
async fn a_restart_between_two_calls_is_not_noticed() {
    let mut server = Postgres::start("").await;
    let store = store_on(&[server.port()]);
    let record = record();
    store.create(record.clone()).await.unwrap();
    server.kill();
    server.restart().await;
    assert!(store.touch(&record.key, SystemClock.now()).await.unwrap());
}

#[tokio::test]
async fn a_server_that_starts_after_the_program_is_found() {
    let nowhere = store_on(&[free_port()]);
    fails_in_time(nowhere.ping()).await;
    assert_eq!(nowhere.refusal().await, None);

    let mut server = Postgres::start("").await;
    server.kill();
    let store = store_on(&[server.port()]);
    fails_in_time(store.ping()).await;
    server.restart().await;
    eventually(async || store.ping().await.ok()).await;
}

#[tokio::test]
async fn ended_connections_cost_reads_nothing_and_are_replaced() {
    let server = Postgres::start("").await;
    let store = store_on(&[server.port()]);
    let record = record();
    store.create(record.clone()).await.unwrap();
    let operator = server.connect().await;
    for _ in 0..20 {
        let loads = (0..10).map(|_| store.load(&record.key));
        let end = operator.batch_execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'bff'",
        );
        let (found, ended) = tokio::join!(futures_util::future::join_all(loads), end);
        ended.unwrap();
        for found in found {
            assert_eq!(found.unwrap().as_ref(), Some(&record));
        }
    }
}

#[tokio::test]
async fn statements_that_wait_too_long_leave_no_more_connections_behind_than_allowed() {
    let server = Postgres::start("").await;
    let store = store_on(&[server.port()]);
    let record = record();
    store.create(record.clone()).await.unwrap();
    let operator = server.connect().await;
    let lock = "BEGIN; LOCK TABLE bff.session IN ACCESS EXCLUSIVE MODE";
    operator.batch_execute(lock).await.unwrap();
    let many = (0..30).map(|_| fails_in_time(store.load(&record.key)));
    futures_util::future::join_all(many).await;
    fails_in_time(store.touch(&record.key, SystemClock.now())).await;
    // A statement that no caller waits for is cancelled. Otherwise each call would leave a connection, until the server accepts no more.
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'bff' AND wait_event_type = 'Lock'";
    eventually(async || {
        let row = operator.query_one(waiting, &[]).await.unwrap();
        (row.get::<_, i64>(0) <= 10).then_some(())
    })
    .await;
    operator.batch_execute("ROLLBACK").await.unwrap();
    eventually(async || store.load(&record.key).await.ok()).await;
}

#[tokio::test]
async fn no_more_connections_are_made_than_allowed() {
    let server = Postgres::start("").await;
    let store = store_on(&[server.port()]);
    let calls = (0..200).map(|_| store.create(record()));
    let made = futures_util::future::join_all(calls).await;
    assert!(made.iter().all(Result::is_ok));
    let count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'bff'";
    let count: usize = server.query(count).parse().unwrap();
    assert!((1..=10).contains(&count), "{count}");
}

#[tokio::test]
async fn a_server_without_free_connections_is_an_error_in_time() {
    let server = Postgres::start("max_connections = 5\nsuperuser_reserved_connections = 0").await;
    let mut others = Vec::new();
    for _ in 0..5 {
        others.push(server.connect().await);
    }
    let store = store_on(&[server.port()]);
    let error = fails_in_time(store.ping()).await;
    assert_eq!(
        error.to_string(),
        "session store: PostgreSQL refused a statement: 53300"
    );
    drop(others);
    eventually(async || store.ping().await.ok()).await;
}

#[tokio::test]
async fn leases_end_by_the_servers_clock() {
    let server = Postgres::start("").await;
    let store = store_on(&[server.port()]);
    let key = record().key;
    // The caller's clock is of 1970.
    let claim = |holder: &str| Claim {
        holder: holder.to_owned(),
        now: bff_core::Timestamp::from_millis(0),
        ttl: std::time::Duration::from_secs(3_600),
    };
    assert!(store.lease(&key, &claim("one")).await.unwrap());
    assert!(!store.lease(&key, &claim("two")).await.unwrap());
    let over = "UPDATE bff.refresh SET until = (extract(epoch FROM now()) * 1000)::bigint";
    assert!(server.try_query(over));
    assert!(store.lease(&key, &claim("two")).await.unwrap());
}

#[tokio::test]
async fn a_lease_that_another_holder_has_is_refused_without_a_write() {
    let server = Postgres::start("").await;
    let store = store_on(&[server.port()]);
    let key = record().key;
    let claim = |holder: &str| Claim {
        holder: holder.to_owned(),
        now: SystemClock.now(),
        ttl: std::time::Duration::from_secs(3_600),
    };
    assert!(store.lease(&key, &claim("one")).await.unwrap());
    let written = "SELECT pg_current_xact_id()";
    let before: u64 = server.query(written).parse().unwrap();
    for _ in 0..10 {
        assert!(!store.lease(&key, &claim("two")).await.unwrap());
    }
    // A transaction has a number only if it writes. The question has one each time.
    let after: u64 = server.query(written).parse().unwrap();
    assert!(after - before < 10, "{}", after - before);
}
