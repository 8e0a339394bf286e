//! The store against real servers: what the common suite cannot ask, because it is about servers that stop, freeze, move and listen.

mod cluster;
mod outage;
#[path = "../../../../tests/support/redis.rs"]
mod redis_server;
mod secrecy;
mod sentinel;

use std::time::Duration;

use redis::Connection;

pub use self::cluster::Cluster;
pub use self::redis_server::Server;
use super::RedisStore;
use crate::config::{RedisNode, RedisServers};
use crate::store::StoreError;

/// Twenty seconds: it bounds a failure, it measures nothing.
const LOOKS: u32 = 1_000;
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// These ports of this machine, without a login.
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
    }
}

/// The store on this server.
pub fn store_on(server: &Server) -> RedisStore {
    RedisStore::on_server(servers(&[server.port()]))
}

/// A connection past the store.
fn connect(server: &Server) -> Connection {
    let address = format!("redis://127.0.0.1:{}", server.port());
    redis::Client::open(address)
        .unwrap()
        .get_connection()
        .unwrap()
}

/// Waits until `ask` gives an answer.
async fn eventually<T>(mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..LOOKS {
        if let Some(answer) = ask().await {
            return answer;
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    panic!("it does not come to pass");
}

/// The failure of a call, which must come within two seconds.
async fn fails_in_time<T>(call: impl Future<Output = Result<T, StoreError>>) -> StoreError {
    let answer = tokio::time::timeout(Duration::from_secs(2), call).await;
    match answer.expect("an answer within two seconds") {
        Ok(_) => panic!("it cannot have succeeded"),
        Err(error) => error,
    }
}
