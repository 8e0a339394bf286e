//! A primary and its standbys: which server is used, and what survives when the primary is lost.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use futures_util::future::join_all;

use super::{Postgres, eventually, fails_in_time, store_on};
use crate::contract::record;
use crate::{Durability, SessionStore as _, Swap};
use bff_core::EndCause;

/// A confirmed write is on the disks of both servers.
const SYNCHRONOUS: &str = "synchronous_commit = on\nsynchronous_standby_names = '*'";

/// Starts a primary and a standby that confirms its writes.
async fn pair() -> (Postgres, Postgres) {
    let primary = Postgres::start("").await;
    let standby = Postgres::standby(&primary, "").await;
    primary.configure(SYNCHRONOUS);
    eventually(async || {
        let state = primary.query("SELECT sync_state FROM pg_stat_replication");
        (state == "sync").then_some(())
    })
    .await;
    (primary, standby)
}

#[tokio::test]
async fn the_server_that_accepts_writes_is_found_in_any_order() {
    let primary = Postgres::start("").await;
    let standby = Postgres::standby(&primary, "").await;
    let record = record();
    for ports in [
        [primary.port(), standby.port()],
        [standby.port(), primary.port()],
    ] {
        store_on(&ports).ping().await.unwrap();
    }
    store_on(&[standby.port(), primary.port()])
        .create(record.clone())
        .await
        .unwrap();
    eventually(async || {
        store_on(&[standby.port()])
            .load(&record.key)
            .await
            .ok()
            .flatten()
    })
    .await;
    drop(primary);
    let error = fails_in_time(store_on(&[1, standby.port()]).ping()).await;
    assert_eq!(
        error.to_string(),
        "session store: PostgreSQL refuses connections"
    );
}

#[tokio::test]
async fn a_write_that_was_confirmed_outlives_the_primary() {
    let (mut primary, standby) = pair().await;
    let store = store_on(&[primary.port(), standby.port()]);
    store.ping().await.unwrap();
    let is_over = AtomicBool::new(false);
    let write = async || {
        let mut confirmed = Vec::new();
        while !is_over.load(Relaxed) {
            let record = record();
            if store.create(record.clone()).await.is_ok() {
                confirmed.push(record.key);
            }
        }
        confirmed
    };
    let change = async {
        // The writers have begun.
        eventually(async || (store.all().await.ok()?.len() > 50).then_some(())).await;
        primary.kill();
        standby.promote().await;
        let after = eventually(async || store.all().await.ok()).await.len();
        eventually(async || (store.all().await.ok()?.len() > after + 50).then_some(())).await;
        is_over.store(true, Relaxed);
    };
    let (writers, ()) = tokio::join!(join_all((0..4).map(|_| write())), change);
    let confirmed = writers.concat();
    let mut lost = 0;
    for key in &confirmed {
        let found = eventually(async || store.load(key).await.ok()).await;
        lost += usize::from(found.is_none());
    }
    assert_eq!(lost, 0, "of {} confirmed", confirmed.len());
}

#[tokio::test]
async fn a_former_primary_that_is_still_running_is_left_and_not_used_again() {
    let (primary, standby) = pair().await;
    let ports = [primary.port(), standby.port()];
    let (busy, idle) = (store_on(&ports), store_on(&ports));
    let record = record();
    idle.create(record.clone()).await.unwrap();
    standby.promote().await;
    let ended = eventually(async || {
        let swap = busy.end(&record.key, 1, EndCause::RefreshRefused).await;
        swap.ok()
    })
    .await;
    assert!(matches!(ended, Swap::Done(2) | Swap::NotFound), "{ended:?}");
    // The former primary still says that the session is live, and accepts connections and reads.
    let former = primary.query("SELECT count(*) FROM bff.session WHERE ended IS NULL");
    assert_eq!(former, "1");
    let found = eventually(async || {
        let found = idle.load(&record.key).await.ok().flatten()?;
        found.ended
    })
    .await;
    assert_eq!(found, EndCause::RefreshRefused);
    // Now the new primary is away, and the former one is no substitute.
    standby.freeze();
    fails_in_time(idle.load(&record.key)).await;
    fails_in_time(idle.load(&record.key)).await;
    standby.thaw();
    let found = eventually(async || idle.load(&record.key).await.ok().flatten()).await;
    assert_eq!(found.ended, Some(EndCause::RefreshRefused));
}

#[tokio::test]
async fn a_server_whose_standby_is_away_is_not_ready_and_is_still_read() {
    let (primary, standby) = pair().await;
    let store = store_on(&[primary.port()]);
    let record = record();
    store.create(record.clone()).await.unwrap();
    drop(standby);
    fails_in_time(store.ping()).await;
    fails_in_time(store.swap_tokens(&record.key, 1, b"tokens 2".to_vec())).await;
    assert!(store.load(&record.key).await.unwrap().is_some());
}

#[tokio::test]
async fn the_durability_of_the_server_is_reported() {
    let server = Postgres::start("fsync = on").await;
    let store = store_on(&[server.port()]);
    let expected = |survives_crash, survives_loss| Durability {
        survives_crash,
        survives_loss,
    };
    assert_eq!(store.durability().await.unwrap(), expected(true, false));
    for (lines, promise) in [
        ("synchronous_commit = off", expected(false, false)),
        (
            "synchronous_commit = local\nsynchronous_standby_names = '*'",
            expected(true, false),
        ),
        ("synchronous_commit = remote_write", expected(true, false)),
        ("synchronous_commit = remote_apply", expected(true, true)),
        ("synchronous_commit = on", expected(true, true)),
    ] {
        server.configure(lines);
        eventually(async || (store.durability().await.ok()? == promise).then_some(())).await;
    }
}
