//! One master, one or two replicas, and three sentinels: the smallest group with fail-over.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use futures_util::future::join_all;

use super::{Server, connect, eventually, fails_in_time, servers};
use crate::RedisServers;
use crate::contract::record;
use crate::redis::{RedisStore, keys};
use crate::{Change, Record, SessionStore as _, Swap};
use bff_core::EndCause;

struct Group {
    master: Server,
    replica: Server,
    /// The second replica, if there is one.
    other: Option<Server>,
    sentinels: Vec<Server>,
}

impl Group {
    async fn start() -> Self {
        Self::of("", false).await
    }

    /// Starts servers with this configuration, with or without a second replica.
    async fn of(configuration: &str, has_other: bool) -> Self {
        let master = Server::start(configuration).await;
        let port = master.port();
        let follow = format!("{configuration}\nreplicaof 127.0.0.1 {port}");
        let replica = Server::start(&follow).await;
        let other = match has_other {
            true => Some(Server::start(&follow).await),
            false => None,
        };
        let mut sentinels = Vec::new();
        for _ in 0..3 {
            let watch = format!(
                "sentinel monitor sessions 127.0.0.1 {port} 2
                 sentinel down-after-milliseconds sessions 500
                 sentinel failover-timeout sessions 3000"
            );
            sentinels.push(Server::start(&watch).await);
        }
        let group = Self {
            master,
            replica,
            other,
            sentinels,
        };
        group.until_settled().await;
        group
    }

    /// Waits until the sentinels have discovered each other and the replicas, and no fail-over is running.
    async fn until_settled(&self) {
        let replicas = if self.other.is_some() { "2" } else { "1" };
        for sentinel in &self.sentinels {
            let mut redis = connect(sentinel);
            eventually(async || {
                let mut asked = redis::cmd("SENTINEL");
                let known: Vec<String> = asked
                    .arg("MASTER")
                    .arg("sessions")
                    .query(&mut redis)
                    .unwrap();
                let is =
                    |name: &str, value: &str| known.windows(2).any(|pair| pair == [name, value]);
                let is_settled = is("num-slaves", replicas)
                    && is("num-other-sentinels", "2")
                    && is("flags", "master");
                is_settled.then_some(())
            })
            .await;
        }
    }

    fn sentinels(&self) -> RedisServers {
        let ports: Vec<u16> = self.sentinels.iter().map(Server::port).collect();
        servers(&ports)
    }

    /// Waits until the replica has this version of the record.
    async fn replica_receives(&self, record: &Record, version: u64) {
        let mut redis = connect(&self.replica);
        eventually(async || {
            let mut asked = redis::cmd("HGET");
            asked.arg(keys::session(&record.key)).arg("version");
            let heard: Option<u64> = asked.query(&mut redis).unwrap();
            (heard == Some(version)).then_some(())
        })
        .await;
    }

    fn store(&self) -> RedisStore {
        RedisStore::behind_sentinels(self.sentinels(), "sessions".to_owned())
    }
}

#[tokio::test]
async fn after_a_fail_over_changes_are_heard_from_the_new_master() {
    let mut group = Group::start().await;
    let (here, there) = (group.store(), group.store());
    let mut changes = here.changes();
    assert_eq!(changes.recv().await, Ok(Change::Missed));
    group.master.kill();
    assert_eq!(changes.recv().await, Ok(Change::Missed));
    let change = Change::Session(record().key);
    eventually(async || there.announce(&change).await.ok()).await;
    assert_eq!(changes.recv().await, Ok(change));
}

#[tokio::test]
async fn a_killed_master_is_succeeded_and_the_sessions_go_on() {
    succeed(|group| {
        group.master.kill();
        // One sentinel is killed too. The two others are a majority.
        group.sentinels[0].kill();
    })
    .await;
}

#[tokio::test]
async fn a_frozen_master_is_succeeded_and_the_sessions_go_on() {
    succeed(|group| group.master.freeze()).await;
}

async fn succeed(lose_master: impl FnOnce(&mut Group)) {
    let mut group = Group::start().await;
    let store = group.store();
    let record = record();
    store.create(record.clone()).await.unwrap();
    let swap = store.swap_tokens(&record.key, 1, b"tokens 2".to_vec());
    assert!(matches!(swap.await.unwrap(), Swap::Done(2)));
    group.replica_receives(&record, 2).await;

    lose_master(&mut group);
    let found = eventually(async || store.load(&record.key).await.ok().flatten()).await;
    assert_eq!((found.version, found.tokens), (2, b"tokens 2".to_vec()));
    let swap = store.swap_tokens(&record.key, 2, b"tokens 3".to_vec());
    assert!(matches!(swap.await.unwrap(), Swap::Done(3)));
    let mut redis = connect(&group.replica);
    let role: (String, i64, redis::Value) = redis::cmd("ROLE").query(&mut redis).unwrap();
    assert_eq!(role.0, "master");
}

#[tokio::test]
async fn an_old_master_that_comes_back_is_not_used_again() {
    let group = Group::start().await;
    let (busy, idle) = (group.store(), group.store());
    let record = record();
    idle.create(record.clone()).await.unwrap();
    let swap = busy.swap_tokens(&record.key, 1, b"tokens 2".to_vec());
    assert!(matches!(swap.await.unwrap(), Swap::Done(2)));
    // The master freezes only after the replica has received that change.
    group.replica_receives(&record, 2).await;
    group.master.freeze();
    eventually(async || busy.load(&record.key).await.ok()).await;
    let ended = busy.end(&record.key, 2, EndCause::RefreshRefused);
    assert!(matches!(ended.await.unwrap(), Swap::Done(3)));

    // No command used this connection meanwhile, and it is discarded all the same.
    eventually(async || (!idle.links.here().is_connected()).then_some(())).await;
    group.master.thaw();
    let found = idle.load(&record.key).await.unwrap().unwrap();
    assert_eq!(found.ended, Some(EndCause::RefreshRefused));
    let swap = idle.swap_tokens(&record.key, 2, b"tokens 3".to_vec());
    assert!(matches!(swap.await.unwrap(), Swap::NotFound));
}

#[tokio::test]
async fn a_write_confirmed_during_a_failover_is_not_lost() {
    // The old master stays alive, and the replica that was not promoted stays connected to it for a while.
    let group = Group::of("min-replicas-to-write 1\nrepl-diskless-sync-delay 0", true).await;
    let store = group.store();
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
        for _ in 0..3 {
            let mut order = redis::cmd("SENTINEL");
            order.arg("FAILOVER").arg("sessions");
            // A server that was just demoted cannot be promoted at once.
            eventually(async || order.exec(&mut connect(&group.sentinels[0])).ok()).await;
            group.until_settled().await;
        }
        is_over.store(true, Relaxed);
    };
    let (writers, ()) = tokio::join!(join_all((0..4).map(|_| write())), change);
    let confirmed = writers.concat();
    assert!(confirmed.len() > 100, "{} writes", confirmed.len());
    let mut lost = 0;
    for key in &confirmed {
        let found = eventually(async || store.load(key).await.ok()).await;
        lost += usize::from(found.is_none());
    }
    assert_eq!(lost, 0, "of {} confirmed", confirmed.len());
}

#[tokio::test]
async fn a_sentinel_that_stops_answering_does_not_block_the_way_to_the_master() {
    let group = Group::start().await;
    let store = group.store();
    store.create(record()).await.unwrap();
    group.sentinels[1].freeze();
    eventually(async || store.create(record()).await.ok()).await;
    for _ in 0..20 {
        store.create(record()).await.unwrap();
        assert_eq!(store.load(&record().key).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_master_that_its_replicas_have_left_takes_no_writes_and_is_still_read() {
    let server = Server::start("").await;
    let store = super::store_on(&server);
    let record = record();
    store.create(record.clone()).await.unwrap();
    let mut redis = connect(&server);
    let mut alone = redis::cmd("CONFIG");
    alone.arg("SET").arg("min-replicas-to-write").arg(1);
    alone.exec(&mut redis).unwrap();
    for error in [
        fails_in_time(store.swap_tokens(&record.key, 1, b"tokens 2".to_vec())).await,
        fails_in_time(store.ping()).await,
    ] {
        assert_eq!(
            error.to_string(),
            "session store: Redis refused a command: NOREPLICAS"
        );
    }
    assert_eq!(store.load(&record.key).await.unwrap(), Some(record));
}

#[tokio::test]
async fn an_unknown_master_is_an_error_within_the_time_limit() {
    let sentinel = Server::start("sentinel deny-scripts-reconfig yes").await;
    let sentinels = servers(&[sentinel.port()]);
    let store = RedisStore::behind_sentinels(sentinels, "sessions".to_owned());
    let error = fails_in_time(store.ping()).await;
    assert_eq!(
        error.to_string(),
        "session store: the sentinels name no reachable master"
    );
}
