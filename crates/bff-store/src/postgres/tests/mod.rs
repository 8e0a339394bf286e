//! The store against real servers. These tests are not in the common suite, because servers stop, freeze, change places and are observed here.

mod changes;
mod loads;
mod login;
mod outage;
#[path = "../../../../bff-testing/src/postgres/mod.rs"]
#[expect(dead_code, reason = "other tests use the rest")]
mod postgres_server;
mod primary;
mod schema;
mod secrecy;
mod tables;

use std::time::Duration;

use tokio::runtime::Handle;
use tokio_postgres::{Client, NoTls};

pub use self::postgres_server::{PgBouncer, Postgres};
use super::PostgresStore;
use crate::StoreError;
use crate::{PostgresNode, PostgresRoots, PostgresServers, PostgresTls};

/// Number of checks, which together take 20 seconds. It only limits how long a failing test runs.
const LOOKS: u32 = 1_000;
const LOOK_AGAIN: Duration = Duration::from_millis(20);

/// Returns servers on these ports of this machine.
pub fn servers(ports: &[u16]) -> PostgresServers {
    let node = |port: &u16| PostgresNode {
        host: "127.0.0.1".to_owned(),
        port: *port,
    };
    PostgresServers {
        nodes: ports.iter().map(node).collect(),
        username: Postgres::LOGIN.0.to_owned(),
        password: None,
        passfile: None,
        database: Postgres::LOGIN.1.to_owned(),
        tls: PostgresTls::Prefer,
        roots: PostgresRoots::System,
        client_certificate: None,
        needs_primary: ports.len() > 1,
        connections: 10,
    }
}

/// Makes a store on the servers on these ports.
pub fn store_on(ports: &[u16]) -> PostgresStore {
    PostgresStore::new(servers(ports), Handle::current())
}

impl Postgres {
    /// Makes a connection that bypasses the store.
    pub async fn connect(&self) -> Client {
        let (client, connection) = tokio_postgres::connect(&self.url(), NoTls).await.unwrap();
        tokio::spawn(async move { drop(connection.await) });
        client
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
