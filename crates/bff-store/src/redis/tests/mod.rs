//! The store against real servers. These tests are not in the common suite, because servers stop, freeze, move and are observed here.

mod cluster;
mod index;
mod outage;
#[path = "../../../../bff-testing/src/redis.rs"]
mod redis_server;
mod secrecy;
mod sentinel;

use std::time::Duration;

use redis::{Commands as _, Connection, Value};

pub use self::cluster::Cluster;
pub use self::redis_server::Server;
use super::RedisStore;
use crate::StoreError;
pub use crate::port::free_port;
use crate::{RedisNode, RedisServers};
use bff_core::Timestamp;

/// Number of checks, which together take 20 seconds. It only limits how long a failing test runs.
const LOOKS: u32 = 1_000;
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Returns servers on these ports of this machine, without a login.
pub fn servers(ports: &[u16]) -> RedisServers {
    let node = |port: &u16| RedisNode {
        host: "127.0.0.1".to_owned(),
        port: *port,
    };
    RedisServers {
        nodes: ports.iter().map(node).collect(),
        tls: false,
        username: None,
        password: None,
        database: 0,
        client_certificate: None,
    }
}

/// Makes a store on this server.
pub fn store_on(server: &Server) -> RedisStore {
    RedisStore::on_server(servers(&[server.port()]))
}

/// Makes a connection that bypasses the store.
fn connect(server: &Server) -> Connection {
    let address = format!("redis://127.0.0.1:{}", server.port());
    redis::Client::open(address)
        .unwrap()
        .get_connection()
        .unwrap()
}

/// Checks that every key has an expiry not after `latest`: a record's is its absolute limit, and that of a user's index is not before the end of
/// the last session in it.
pub fn assert_every_key_ends(redis: &mut Connection, latest: Timestamp) {
    let ask = |redis: &mut Connection, words: &[&str]| -> Value {
        redis::cmd(words[0]).arg(&words[1..]).query(redis).unwrap()
    };
    let names: Vec<String> = redis.scan().unwrap().map(Result::unwrap).collect();
    for name in &names {
        let end: i64 = redis::from_redis_value(ask(redis, &["PEXPIRETIME", name])).unwrap();
        assert!(end > 0, "{name} never ends");
        assert!(end <= latest.as_millis(), "{name} ends too late");
        if name.contains(":session:") {
            let limit = ask(redis, &["HGET", name, "absolute_expires_at"]);
            let limit: i64 = redis::from_redis_value(limit).unwrap();
            assert_eq!(end, limit, "{name}");
        }
        if name.contains(":user:") {
            let last = ask(redis, &["ZRANGE", name, "-1", "-1", "WITHSCORES"]);
            let last: Vec<(String, i64)> = redis::from_redis_value(last).unwrap();
            assert!(end >= last[0].1, "{name} ends before a session in it");
        }
    }
}

/// Repeats `ask` until it gives an answer.
async fn eventually<T>(mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..LOOKS {
        if let Some(answer) = ask().await {
            return answer;
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    panic!("it does not come to pass");
}

/// Returns the error of a call. The call must fail within two seconds.
async fn fails_in_time<T>(call: impl Future<Output = Result<T, StoreError>>) -> StoreError {
    let answer = tokio::time::timeout(Duration::from_secs(2), call).await;
    match answer.expect("an answer within two seconds") {
        Ok(_) => panic!("it cannot have succeeded"),
        Err(error) => error,
    }
}
