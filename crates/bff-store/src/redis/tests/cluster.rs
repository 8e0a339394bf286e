//! A cluster of three masters: slots that move, and nodes that are killed, freeze or are replaced.

use redis::{Connection, Value};

use super::{Server, connect, eventually, fails_in_time, servers};
use crate::contract::record;
use crate::redis::{RedisStore, keys};
use crate::{Record, SessionStore as _, Swap};
use bff_core::{Clock as _, SystemClock};

const NODE: &str = "cluster-enabled yes
cluster-port {cluster-port}
cluster-node-timeout 1500
cluster-replica-validity-factor 0
appendonly yes
appendfsync always";
const SLOTS: usize = 16_384;

/// Three masters that share all slots.
pub struct Cluster {
    masters: Vec<Server>,
}

impl Cluster {
    /// Joins the nodes one by one, because `redis-cli --cluster create` takes longer.
    pub async fn start() -> Self {
        let masters = vec![node().await, node().await, node().await];
        for (index, master) in masters.iter().enumerate() {
            let mut redis = connect(master);
            let (first, next) = (SLOTS * index / 3, SLOTS * (index + 1) / 3);
            cluster(&mut redis, &["SET-CONFIG-EPOCH", &(index + 1).to_string()]);
            let slots = format!("ADDSLOTSRANGE {first} {}", next - 1);
            cluster(&mut redis, &slots.split(' ').collect::<Vec<_>>());
            meet(&mut redis, &masters[0]);
        }
        let all = Self { masters };
        for master in &all.masters {
            all.agrees(master, 3).await;
        }
        all
    }

    /// Makes a store that knows one of the nodes.
    pub fn store(&self) -> RedisStore {
        RedisStore::in_cluster(servers(&[self.masters[0].port()]))
    }

    /// Removes every key.
    pub fn clear(&self) {
        for master in &self.masters {
            redis::cmd("FLUSHALL").exec(&mut connect(master)).unwrap();
        }
    }

    /// Waits until this node sees a complete cluster of this many nodes.
    async fn agrees(&self, node: &Server, nodes: usize) {
        let mut redis = connect(node);
        eventually(async || {
            let info = text(&mut redis, &["INFO"]);
            let known = format!("cluster_known_nodes:{nodes}\r\n");
            let shown = text(&mut redis, &["NODES"]);
            (info.contains("cluster_state:ok") && info.contains(&known) && !shown.contains("fail"))
                .then_some(())
        })
        .await;
    }

    /// Returns the index of the master that holds this record.
    fn holder(&self, record: &Record) -> usize {
        let holds = |master: &Server| {
            let names: Vec<String> = redis::cmd("KEYS")
                .arg("*")
                .query(&mut connect(master))
                .unwrap();
            names.contains(&keys::session(&record.key))
        };
        self.masters.iter().position(holds).unwrap()
    }

    /// Stores one record on each master, and returns them in the order of the masters.
    async fn spread(&self, store: &RedisStore) -> Vec<Record> {
        let mut held = [None, None, None];
        while held.iter().any(Option::is_none) {
            let record = Record {
                user: None,
                ..record()
            };
            store.create(record.clone()).await.unwrap();
            let holder = self.holder(&record);
            held[holder] = Some(record);
        }
        held.into_iter().flatten().collect()
    }
}

async fn node() -> Server {
    let port = super::free_port();
    Server::start(&NODE.replace("{cluster-port}", &port.to_string())).await
}

fn cluster(redis: &mut Connection, words: &[&str]) -> Value {
    let mut command = redis::cmd("CLUSTER");
    command.arg(words).query(redis).unwrap()
}

fn text(redis: &mut Connection, words: &[&str]) -> String {
    redis::from_redis_value(cluster(redis, words)).unwrap()
}

/// Returns the id of this node in the cluster.
fn name(redis: &mut Connection) -> String {
    text(redis, &["MYID"])
}

fn meet(redis: &mut Connection, other: &Server) {
    let mut shown = redis::cmd("CONFIG");
    let (_, bus): (String, String) = shown
        .arg("GET")
        .arg("cluster-port")
        .query(&mut connect(other))
        .unwrap();
    cluster(
        redis,
        &["MEET", "127.0.0.1", &other.port().to_string(), &bus],
    );
}

#[tokio::test]
async fn a_session_is_used_while_its_slot_moves_and_afterwards() {
    let all = Cluster::start().await;
    let store = all.store();
    let record = all.spread(&store).await.swap_remove(1);
    let name_of_key = keys::session(&record.key);
    let (mut from, mut to) = (connect(&all.masters[1]), connect(&all.masters[2]));
    let slot: u16 =
        redis::from_redis_value(cluster(&mut from, &["KEYSLOT", &name_of_key])).unwrap();
    let slot = slot.to_string();
    let (source, target) = (name(&mut from), name(&mut to));

    cluster(&mut to, &["SETSLOT", &slot, "IMPORTING", &source]);
    cluster(&mut from, &["SETSLOT", &slot, "MIGRATING", &target]);
    let at = SystemClock.now();
    assert!(store.touch(&record.key, at).await.unwrap(), "not yet moved");
    let mut migrate = redis::cmd("MIGRATE");
    migrate.arg("127.0.0.1").arg(all.masters[2].port());
    migrate.arg(&name_of_key).arg(0).arg(5_000);
    migrate.exec(&mut from).unwrap();
    let swap = store
        .swap_tokens(&record.key, 1, b"tokens 2".to_vec())
        .await;
    assert!(matches!(swap.unwrap(), Swap::Done(2)), "half moved");

    for redis in [&mut to, &mut from] {
        cluster(redis, &["SETSLOT", &slot, "NODE", &target]);
    }
    let swap = store
        .swap_tokens(&record.key, 2, b"tokens 3".to_vec())
        .await;
    assert!(matches!(swap.unwrap(), Swap::Done(3)), "moved");
    assert_eq!(all.holder(&record), 2);
    let found = store.load(&record.key).await.unwrap().unwrap();
    assert_eq!((found.version, found.last_seen_at), (3, at));
}

#[tokio::test]
async fn a_node_that_freezes_or_crashes_affects_only_its_own_sessions_and_for_a_while() {
    let mut all = Cluster::start().await;
    for master in &all.masters {
        let mut config = redis::cmd("CONFIG");
        config
            .arg("SET")
            .arg("cluster-require-full-coverage")
            .arg("no");
        config.exec(&mut connect(master)).unwrap();
    }
    let store = all.store();
    let records = all.spread(&store).await;

    all.masters[1].freeze();
    let cut = fails_in_time(store.load(&records[1].key));
    let others = [store.load(&records[0].key), store.load(&records[2].key)];
    let (_, others) = tokio::join!(cut, futures_util::future::join_all(others));
    for found in others {
        assert!(found.unwrap().is_some());
    }
    all.masters[1].thaw();
    let found = eventually(async || store.load(&records[1].key).await.ok()).await;
    assert!(found.is_some());

    all.masters[1].kill();
    fails_in_time(store.load(&records[1].key)).await;
    for record in [&records[0], &records[2]] {
        assert!(store.load(&record.key).await.unwrap().is_some());
    }
    all.masters[1].restart().await;
    let found = eventually(async || store.load(&records[1].key).await.ok()).await;
    assert!(found.is_some());
}

#[tokio::test]
async fn the_successor_of_a_node_that_went_silent_is_found() {
    let all = Cluster::start().await;
    let store = all.store();
    let record = all.spread(&store).await.swap_remove(1);
    let replica = node().await;
    let mut redis = connect(&replica);
    meet(&mut redis, &all.masters[0]);
    all.agrees(&replica, 4).await;
    let master = name(&mut connect(&all.masters[1]));
    cluster(&mut redis, &["REPLICATE", &master]);
    eventually(async || {
        let info: String = redis::cmd("INFO")
            .arg("replication")
            .query(&mut redis)
            .unwrap();
        info.contains("master_link_status:up").then_some(())
    })
    .await;

    all.masters[1].freeze();
    let found = eventually(async || store.load(&record.key).await.ok()).await;
    assert_eq!(found, Some(record.clone()));
    let swap = store
        .swap_tokens(&record.key, 1, b"tokens 2".to_vec())
        .await;
    assert!(matches!(swap.unwrap(), Swap::Done(2)));
}
