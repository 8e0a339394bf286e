//! The suite that every store passes. It checks the promises of [`SessionStore`](super::SessionStore) on the real store.

mod changes;
mod crowd;
mod ends;
mod opened;
mod postgres;
mod random;
mod records;
mod replicas;
mod users;

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use self::changes::a_change_is_heard_by_every_listener;
use self::crowd::{
    a_crowd_revives_nothing_that_was_removed, a_crowd_that_swaps_counts_every_version_once,
};
use self::ends::{
    a_lease_holds_while_it_is_renewed_and_then_ends,
    a_mark_keeps_others_from_spending_until_it_ends, an_attempt_is_spent_once,
    expired_records_are_removed_and_no_others,
};
use self::opened::{
    a_session_of_a_removed_key_is_not_served_from_memory,
    what_another_replica_changes_is_seen_at_the_next_load,
};
use self::records::{
    a_created_record_is_loaded_as_it_was, a_key_is_made_once,
    an_ended_session_keeps_its_cause_and_nothing_else, ending_needs_the_known_version,
    sealed_parts_are_any_bytes, use_moves_back_when_the_clock_was, use_never_moves_backwards,
};
use self::replicas::a_replica_is_listed_with_its_last_record_until_its_time_is_over;
use self::users::{
    a_page_of_a_users_sessions_holds_the_newest_that_live,
    the_newest_login_is_the_newest_whenever_it_ends,
};
use super::redis::RedisStore;
use super::redis::tests::{Cluster, Server, servers};
use super::{Claim, MemoryStore, Record, SessionStore, SqliteStore, Swap};
use crate::RedisServers;
use bff_core::{EndCause, SessionId, SessionKey, SystemEntropy, Timestamp, UserId};

/// A store under test, and the values that must live as long as it.
struct Fixture {
    store: Arc<dyn SessionStore>,
    _kept: Box<dyn Any>,
}

fn memory() -> Fixture {
    Fixture {
        store: Arc::new(MemoryStore::default()),
        _kept: Box::new(()),
    }
}

fn sqlite() -> Fixture {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&folder.path().join("sessions.db")).unwrap();
    Fixture {
        store: Arc::new(store),
        _kept: Box::new(folder),
    }
}

/// The rights that docs/operations.md requires.
pub(super) const RIGHTS: &str = "~bff:* &bff:* +publish +subscribe +ping +hello +client +select +role +scan +time +evalsha +eval +exists +get +set +del +hgetall +hmget +hset +pexpireat +zadd +zrange +zremrangebyscore";

/// Starts a server that allows only the rights in docs/operations.md.
async fn redis() -> Fixture {
    assert!(include_str!("../../../docs/operations.md").contains(RIGHTS));
    let server = Server::start(&format!(
        "requirepass of-nobody\nuser app on >secret {RIGHTS}"
    ))
    .await;
    let login = RedisServers {
        username: Some("app".to_owned()),
        password: Some("secret".into()),
        ..servers(&[server.port()])
    };
    Fixture {
        store: Arc::new(RedisStore::on_server(login)),
        _kept: Box::new(server),
    }
}

fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

fn claim(holder: &str, now: Timestamp, ttl: Duration) -> Claim {
    Claim {
        holder: holder.to_owned(),
        now,
        ttl,
    }
}

/// Makes a live session of user 7 with a unique key.
pub(super) fn record() -> Record {
    Record {
        key: SessionKey::from_id(&SessionId::random(&SystemEntropy)),
        user: Some(UserId::new("7")),
        created_at: at(1_000),
        last_seen_at: at(1_000),
        absolute_expires_at: at(1_000_000_000_000_000),
        version: 1,
        ended: None,
        profile: b"profile".to_vec(),
        tokens: b"tokens 1".to_vec(),
        app_data: Vec::new(),
    }
}

macro_rules! every_store {
    ($($test:ident)+) => {
        mod memory_store { $(#[tokio::test] async fn $test() { super::$test(super::memory()).await; })+ }
        mod sqlite_store { $(#[tokio::test] async fn $test() { super::$test(super::sqlite()).await; })+ }
        mod postgres_store { $(#[tokio::test] async fn $test() { super::$test(super::postgres::direct().await).await; })+ }
        mod pooled_postgres_store { $(#[tokio::test] async fn $test() { super::$test(super::postgres::pooled().await).await; })+ }
        mod redis_store { $(#[tokio::test] async fn $test() { super::$test(super::redis().await).await; })+ }

        /// Runs all tests in sequence on one cluster, because a cluster takes long to start.
        #[tokio::test]
        async fn redis_cluster_store() {
            let cluster = Cluster::start().await;
            $(
                let store = Arc::new(cluster.store());
                $test(Fixture { store, _kept: Box::new(()) }).await;
                cluster.clear();
            )+
        }
    };
}

every_store! {
    a_change_is_heard_by_every_listener
    a_created_record_is_loaded_as_it_was
    sealed_parts_are_any_bytes
    tokens_change_only_at_the_known_version
    exactly_one_of_many_swaps_of_one_version_succeeds
    nothing_brings_a_deleted_session_back
    a_key_is_made_once
    a_crowd_that_swaps_counts_every_version_once
    a_crowd_revives_nothing_that_was_removed
    an_ended_session_keeps_its_cause_and_nothing_else
    ending_needs_the_known_version
    use_never_moves_backwards
    a_user_finds_all_their_live_sessions
    a_page_of_a_users_sessions_holds_the_newest_that_live
    the_newest_login_is_the_newest_whenever_it_ends
    a_lease_holds_while_it_is_renewed_and_then_ends
    a_mark_keeps_others_from_spending_until_it_ends
    use_moves_back_when_the_clock_was
    an_attempt_is_spent_once
    what_another_replica_changes_is_seen_at_the_next_load
    a_session_of_a_removed_key_is_not_served_from_memory
    expired_records_are_removed_and_no_others
    a_replica_is_listed_with_its_last_record_until_its_time_is_over
}

/// Covers: RFC6749-6-2
async fn tokens_change_only_at_the_known_version(Fixture { store, .. }: Fixture) {
    let record = record();
    store.create(record.clone()).await.unwrap();
    assert!(matches!(
        store
            .swap_tokens(&record.key, 1, b"tokens 2".to_vec())
            .await
            .unwrap(),
        Swap::Done(2)
    ));
    let Swap::Conflict(standing) = store
        .swap_tokens(&record.key, 1, b"late".to_vec())
        .await
        .unwrap()
    else {
        panic!("a late write must lose");
    };
    assert_eq!(
        (standing.version, standing.tokens),
        (2, b"tokens 2".to_vec())
    );
}

/// Covers: RFC6749-6-2
async fn exactly_one_of_many_swaps_of_one_version_succeeds(Fixture { store, .. }: Fixture) {
    let record = record();
    store.create(record.clone()).await.unwrap();
    let swaps = (0..50_u8).map(|n| {
        let (store, key) = (Arc::clone(&store), record.key);
        tokio::spawn(async move { store.swap_tokens(&key, 1, vec![n]).await.unwrap() })
    });
    let mut won = 0;
    for swap in swaps.collect::<Vec<_>>() {
        won += usize::from(matches!(swap.await.unwrap(), Swap::Done(2)));
    }
    assert_eq!(won, 1);
}

/// Covers: ASVS-15.4.2
async fn nothing_brings_a_deleted_session_back(Fixture { store, .. }: Fixture) {
    let record = record();
    store.create(record.clone()).await.unwrap();
    assert_eq!(
        store.delete(&record.key).await.unwrap(),
        Some(record.clone())
    );
    assert_eq!(store.delete(&record.key).await.unwrap(), None);
    assert!(matches!(
        store
            .swap_tokens(&record.key, 1, b"late".to_vec())
            .await
            .unwrap(),
        Swap::NotFound
    ));
    assert!(matches!(
        store
            .end(&record.key, 1, EndCause::RefreshRefused)
            .await
            .unwrap(),
        Swap::NotFound
    ));
    assert!(
        !store
            .set_app_data(&record.key, b"late".to_vec())
            .await
            .unwrap()
    );
    assert!(!store.touch(&record.key, at(9_999)).await.unwrap());
    assert_eq!(store.load(&record.key).await.unwrap(), None);
    assert_eq!(store.of_user(&UserId::new("7"), 0, 10).await.unwrap(), []);
}

/// Covers: ASVS-7.4.2
async fn a_user_finds_all_their_live_sessions(Fixture { store, .. }: Fixture) {
    let first = record();
    let second = Record {
        created_at: at(2_000),
        ..record()
    };
    let ended = record();
    let other = Record {
        user: Some(UserId::new("8")),
        ..record()
    };
    for record in [&first, &second, &ended, &other] {
        store.create(record.clone()).await.unwrap();
    }
    store
        .end(&ended.key, 1, EndCause::RefreshRefused)
        .await
        .unwrap();
    assert_eq!(
        store.of_user(&UserId::new("7"), 0, 10).await.unwrap(),
        [second.clone(), first]
    );
    assert_eq!(store.all().await.unwrap().len(), 3);
    assert_eq!(
        store.by_handle(&second.key.handle()).await.unwrap(),
        Some(second)
    );
    assert_eq!(store.by_handle(&ended.key.handle()).await.unwrap(), None);
}
