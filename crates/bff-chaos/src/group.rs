//! Redis as it is run in earnest: a master, two replicas, and three sentinels that name the successor of a lost master.

use std::time::Duration;

use bff_testing::RedisServer;
use redis::FromRedisValue;
use tokio::time::{sleep, timeout};

const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// The longest that one of them is waited for.
const PATIENCE: Duration = Duration::from_millis(1_000);

/// A master that no replica follows any more takes no writes: they would be lost with it. One that was killed comes back with what it had, and not as an
/// empty master whom some sentinels still believe.
const ALONE: &str = "min-replicas-to-write 1\nmin-replicas-max-lag 3\nappendonly yes";

/// The servers, and who watches them.
pub struct Group {
    servers: Vec<RedisServer>,
    sentinels: Vec<RedisServer>,
}

impl Group {
    /// Starts all of them, and waits until they know each other.
    pub async fn start() -> Self {
        let mut servers = vec![RedisServer::start(ALONE).await];
        let master = servers[0].port();
        for _ in 0..2 {
            let replica = format!("{ALONE}\nreplicaof 127.0.0.1 {master}");
            servers.push(RedisServer::start(&replica).await);
        }
        let mut sentinels = Vec::new();
        for _ in 0..3 {
            let watch = format!(
                "sentinel monitor sessions 127.0.0.1 {master} 2
                 sentinel down-after-milliseconds sessions 1500
                 sentinel failover-timeout sessions 5000"
            );
            sentinels.push(RedisServer::start(&watch).await);
        }
        let group = Self { servers, sentinels };
        group.until_whole().await;
        group
    }

    /// For `session.store`.
    pub fn url(&self) -> String {
        let ports = self.sentinels.iter().map(RedisServer::port);
        let hosts: Vec<String> = ports.map(|port| format!("127.0.0.1:{port}")).collect();
        format!("redis+sentinel://{}/sessions", hosts.join(","))
    }

    /// The server that the sentinels call the master.
    pub async fn master(&self) -> Option<usize> {
        for sentinel in &self.sentinels {
            if let Some(named) = self.named_by(sentinel).await {
                return Some(named);
            }
        }
        None
    }

    async fn named_by(&self, sentinel: &RedisServer) -> Option<usize> {
        let mut asked = redis::cmd("SENTINEL");
        asked.arg("GET-MASTER-ADDR-BY-NAME").arg("sessions");
        let named: Option<(String, u16)> = ask(sentinel.port(), &asked).await;
        let (_, port) = named?;
        self.servers.iter().position(|one| one.port() == port)
    }

    /// Waits until every sentinel names another master than this one.
    async fn until_succeeded(&self, master: usize) {
        for sentinel in &self.sentinels {
            while self
                .named_by(sentinel)
                .await
                .is_none_or(|named| named == master)
            {
                sleep(LOOK_AGAIN).await;
            }
        }
    }

    /// Waits until one master has two replicas that have all it has, and every sentinel knows it.
    pub async fn until_whole(&self) {
        while !self.is_whole().await {
            sleep(LOOK_AGAIN).await;
        }
    }

    async fn is_whole(&self) -> bool {
        let Some(master) = self.master().await else {
            return false;
        };
        let mut asked = redis::cmd("INFO");
        asked.arg("replication");
        let told: Option<String> = ask(self.servers[master].port(), &asked).await;
        let told = told.unwrap_or_default();
        if !told.contains("role:master") || told.matches("state=online").count() != 2 {
            return false;
        }
        for sentinel in &self.sentinels {
            let mut asked = redis::cmd("SENTINEL");
            asked.arg("MASTER").arg("sessions");
            let known: Option<Vec<String>> = ask(sentinel.port(), &asked).await;
            let known = known.unwrap_or_default();
            let is = |name: &str, value: &str| known.windows(2).any(|pair| pair == [name, value]);
            let port = self.servers[master].port().to_string();
            if !(is("flags", "master")
                && is("port", &port)
                && is("num-other-sentinels", "2")
                && is("num-slaves", "2"))
            {
                return false;
            }
        }
        true
    }

    /// Stops the master for so long in the middle of whatever it does.
    pub async fn freeze(&self, master: usize, time: Duration) {
        self.servers[master].freeze();
        sleep(time).await;
        self.servers[master].thaw();
    }

    /// Ends the master at once, waits for its successor, and starts it again: to follow.
    pub async fn kill(&mut self, master: usize) {
        self.servers[master].kill();
        self.until_succeeded(master).await;
        self.servers[master].restart().await;
    }
}

async fn ask<T: FromRedisValue>(port: u16, command: &redis::Cmd) -> Option<T> {
    let asking = async {
        let client = redis::Client::open(format!("redis://127.0.0.1:{port}")).ok()?;
        let mut connection = client.get_multiplexed_async_connection().await.ok()?;
        command.query_async(&mut connection).await.ok()
    };
    timeout(PATIENCE, asking).await.ok().flatten()
}
