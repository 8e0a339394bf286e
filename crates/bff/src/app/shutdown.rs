//! The phases of a graceful shutdown. Called by [`Program`](super::Program) only. See docs/operations.md, "Stopping".

use std::future::Future;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use tokio::time::Instant;

use super::listener::ListenerHandle;
use super::proxy_connections::ProxyConnections;
use crate::flow::{Flows, Tasks};
use crate::http::Draining;

/// How long a graceful shutdown waits for reverse proxies to close idle connections. At most half the grace time.
const PROXY_WAIT: Duration = Duration::from_secs(10);

/// What a graceful shutdown stops.
pub struct Shutdown {
    pub server: ServerHandle,
    pub admin: ServerHandle,
    pub listener: ListenerHandle,
    pub proxy_connections: ProxyConnections,
    pub draining: Draining,
    pub flows: Flows,
    pub tasks: Tasks,
    /// Time limit of the whole shutdown.
    pub grace: Duration,
}

impl Shutdown {
    /// Runs all phases within the grace time. `serving` is polled meanwhile, because the servers must run to process the stop command.
    ///
    /// # Errors
    /// The I/O error of a listener.
    pub async fn run(
        &self,
        serving: impl Future<Output = std::io::Result<()>>,
    ) -> std::io::Result<()> {
        let stopped = async { tokio::join!(self.stop(), serving).1 };
        let Ok(outcome) = tokio::time::timeout(self.grace, stopped).await else {
            tracing::warn!(
                event = "stopped_early",
                "server.shutdown_grace is over; work in progress was cancelled"
            );
            return Ok(());
        };
        outcome
    }

    /// The phases, in their order.
    async fn stop(&self) {
        let begun = Instant::now();
        self.announce(begun);
        self.listener.close(&self.server).await;
        self.wait_for_proxies(begun).await;
        self.finish_requests().await;
        self.tasks.finished().await;
        // Ignored because the announcement expires by itself.
        drop(self.flows.replicas.withdraw().await);
        self.flush_store().await;
    }

    /// From now on `/readyz` answers 503, every response closes its connection, and tasks know when they must end.
    fn announce(&self, begun: Instant) {
        self.draining.begin();
        self.tasks.stop_by(begun + self.grace);
    }

    /// Waits until the reverse proxies have closed their connections. After the timeout the server closes those that are idle.
    async fn wait_for_proxies(&self, begun: Instant) {
        let end = begun + PROXY_WAIT.min(self.grace / 2);
        drop(tokio::time::timeout_at(end, self.proxy_connections.all_closed()).await);
    }

    async fn finish_requests(&self) {
        self.server.stop(true).await;
        self.admin.stop(true).await;
    }

    async fn flush_store(&self) {
        if let Err(error) = self.flows.sessions.flush_store().await {
            tracing::warn!(event = "store_failed", %error, "pending changes could not be written to the session store");
        }
    }
}
