//! PostgreSQL as it is run in earnest: a primary, and a standby that confirms its writes and succeeds it.

use std::time::Duration;

use bff_testing::PostgresServer;
use tokio::time::sleep;

const LOOK_AGAIN: Duration = Duration::from_millis(100);
/// A write is confirmed when the standby has it too.
const CONFIRMED: &str = "synchronous_standby_names = '*'";
/// A primary without a standby accepts writes by itself.
const ALONE: &str = "synchronous_standby_names = ''";

/// The servers.
pub struct Pair {
    servers: [PostgresServer; 2],
    primary: usize,
}

impl Pair {
    /// Starts both, and waits until the standby confirms writes.
    pub async fn start() -> Self {
        let primary = PostgresServer::start("").await;
        let standby = PostgresServer::standby(&primary, "").await;
        let pair = Self {
            servers: [primary, standby],
            primary: 0,
        };
        pair.until_confirmed().await;
        pair
    }

    /// For `session.store`.
    pub fn url(&self) -> String {
        let hosts = self
            .servers
            .each_ref()
            .map(|server| format!("127.0.0.1:{}", server.port()));
        format!(
            "postgres://bff@{}/sessions?target_session_attrs=read-write",
            hosts.join(",")
        )
    }

    fn primary(&self) -> &PostgresServer {
        &self.servers[self.primary]
    }

    async fn until_confirmed(&self) {
        self.primary().configure(CONFIRMED);
        let state = "SELECT sync_state FROM pg_stat_replication";
        while self.primary().query(state) != "sync" {
            sleep(LOOK_AGAIN).await;
        }
    }

    /// Stops the primary for so long in the middle of whatever it does.
    pub async fn freeze(&self, time: Duration) {
        self.primary().freeze();
        sleep(time).await;
        self.primary().thaw();
    }

    /// Ends every connection of the program.
    pub fn end_connections(&self) {
        let end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'bff'";
        drop(self.primary().query(end));
    }

    /// Ends the primary at once, and starts it again.
    pub async fn kill(&mut self) {
        self.servers[self.primary].kill();
        self.servers[self.primary].restart().await;
        self.until_confirmed().await;
    }

    /// Promotes the standby, with the former primary killed or still running, and then lets the former primary follow.
    pub async fn promote(&mut self, is_killed: bool) {
        let former = self.primary;
        if is_killed {
            self.servers[former].kill();
        }
        self.primary = 1 - former;
        self.primary().promote().await;
        self.primary().configure(ALONE);
        let [one, other] = &mut self.servers;
        let (follower, primary) = if former == 0 {
            (one, other)
        } else {
            (other, one)
        };
        follower.follow(primary, ALONE).await;
        self.until_confirmed().await;
    }
}
