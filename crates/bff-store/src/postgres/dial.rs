//! Makes connections: logs in, finds the server that accepts writes, and makes the tables.
//!
//! Only this module and `passfile` read the login. Called by the pool.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use secrecy::ExposeSecret as _;
use tokio::sync::OnceCell;
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_postgres::config::SslMode;
use tokio_postgres::{Client, Config};

use super::fault::Fault;
use super::tls::Tls;
use super::{passfile, schema};
use crate::postgres_servers::{PostgresNode, PostgresServers, PostgresTls};

/// Longest time for a server to accept a connection and the login: 900 ms.
const CONNECT: Duration = Duration::from_millis(900);
/// Longest wait for the other servers after the first that accepts writes: 200 ms.
const OTHERS: Duration = Duration::from_millis(200);
/// Longest time for making the tables, which a later release may have to rewrite: ten minutes.
const PREPARE: Duration = Duration::from_secs(600);
/// Time of silence after which the system asks whether the other side is still there: 30 seconds.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// Tells whether the server accepts writes, and how often a standby has become the primary before it (the timeline).
const ROLE: &str = "SELECT NOT pg_is_in_recovery() AND NOT current_setting('transaction_read_only')::bool, \
    CASE WHEN pg_is_in_recovery() THEN '' ELSE substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END";

/// A connection, and the task that moves its bytes.
pub struct Connected {
    /// The client.
    pub client: Client,
    /// The server.
    pub node: PostgresNode,
    task: AbortHandle,
}

impl Connected {
    /// Closes the connection without a word to the server.
    pub fn abort(&self) {
        self.task.abort();
    }
}

/// Makes connections to the servers.
pub struct Dial {
    servers: PostgresServers,
    tls: OnceCell<Tls>,
    /// The tables were checked by this process.
    is_prepared: AtomicBool,
}

impl Dial {
    /// Makes a dial for these servers.
    pub fn to(servers: PostgresServers) -> Self {
        Self {
            servers,
            tls: OnceCell::new(),
            is_prepared: AtomicBool::new(false),
        }
    }

    /// Checks the tables again on the next connection.
    pub fn forget_tables(&self) {
        self.is_prepared.store(false, Ordering::Relaxed);
    }

    /// Makes a connection to the server that accepts writes. On the first, makes the tables or brings them up to date.
    ///
    /// # Errors
    /// [`Fault`] when no server can be used.
    pub async fn connect(&self) -> Result<Connected, Fault> {
        let mut connected = match self.servers.nodes.as_slice() {
            [node] if !self.servers.needs_primary => self.reach(node).await?,
            nodes => self.primary(nodes).await?,
        };
        if !self.is_prepared.load(Ordering::Relaxed) {
            let prepared = timeout(PREPARE, schema::prepare(&mut connected.client));
            prepared.await.unwrap_or(Err(Fault::Silent))?;
            self.is_prepared.store(true, Ordering::Relaxed);
        }
        Ok(connected)
    }

    /// Asks every server, and returns the one that accepts writes. After a promotion the former primary may still be running and accept writes too,
    /// so the one with the highest timeline counts.
    async fn primary(&self, nodes: &[PostgresNode]) -> Result<Connected, Fault> {
        let mut asked: FuturesUnordered<_> = nodes.iter().map(|node| self.role(node)).collect();
        let mut best: Option<(String, Connected)> = None;
        let mut fault = None;
        let mut deadline = Instant::now() + CONNECT * 2;
        while let Ok(Some(answer)) = timeout_at(deadline, asked.next()).await {
            match answer {
                Ok(Some((timeline, connected))) => {
                    if best.as_ref().is_none_or(|(other, _)| *other < timeline) {
                        best = Some((timeline, connected));
                    }
                    deadline = deadline.min(Instant::now() + OTHERS);
                }
                Ok(None) => {}
                Err(failed) => fault = Some(failed),
            }
        }
        let no_primary = Fault::NoConnection("no PostgreSQL server accepts writes");
        best.map(|(_, connected)| connected)
            .ok_or(fault.unwrap_or(no_primary))
    }

    /// Connects, and returns the timeline of a server that accepts writes.
    async fn role(&self, node: &PostgresNode) -> Result<Option<(String, Connected)>, Fault> {
        let connected = self.reach(node).await?;
        let asked = connected.client.query_typed_one(ROLE, &[]);
        let answer = timeout(CONNECT, asked)
            .await
            .map_err(|_| Fault::Silent)?
            .map_err(|error| Fault::from_statement(&error))?;
        let is_primary = answer.try_get(0).unwrap_or(false);
        let timeline = answer.try_get(1).unwrap_or_default();
        Ok(is_primary.then_some((timeline, connected)))
    }

    /// Connects to one server and logs in.
    pub async fn reach(&self, node: &PostgresNode) -> Result<Connected, Fault> {
        let config = self.config(node).await?;
        let tls = self.tls().await?;
        let (client, connection) = timeout(CONNECT, config.connect(tls.clone()))
            .await
            .map_err(|_| Fault::NoConnection("PostgreSQL does not answer in time"))?
            .map_err(|error| Fault::from_dial(&error))?;
        // The end of the connection is seen at the client, so its error is not needed.
        let task = tokio::spawn(async move { drop(connection.await) });
        Ok(Connected {
            client,
            node: node.clone(),
            task: task.abort_handle(),
        })
    }

    /// Asks the server to cancel the statement that runs on this connection.
    pub async fn cancel(&self, connected: &Connected) {
        let Ok(tls) = self.tls().await else { return };
        // Best effort: the caller has its answer already.
        drop(
            connected
                .client
                .cancel_token()
                .cancel_query(tls.clone())
                .await,
        );
    }

    async fn tls(&self) -> Result<&Tls, Fault> {
        let make = async || Tls::new(self.servers.tls, &self.servers.roots);
        self.tls.get_or_try_init(make).await
    }

    async fn config(&self, node: &PostgresNode) -> Result<Config, Fault> {
        let servers = &self.servers;
        let is_socket = node.host.starts_with('/');
        let mut config = Config::new();
        config
            .host(&node.host)
            .port(node.port)
            .user(&servers.username)
            .dbname(&servers.database)
            .application_name("bff")
            .connect_timeout(CONNECT)
            .keepalives_idle(KEEPALIVE)
            .ssl_mode(match servers.tls {
                // A socket does not leave the machine, so that libpq ignores the mode too.
                _ if is_socket => SslMode::Disable,
                PostgresTls::Disable => SslMode::Disable,
                PostgresTls::Prefer => SslMode::Prefer,
                PostgresTls::Require | PostgresTls::VerifyCa | PostgresTls::VerifyFull => {
                    SslMode::Require
                }
            });
        if let Some(password) = &servers.password {
            config.password(password.expose_secret());
        } else if let Some(path) = &servers.passfile
            && let Some(password) = passfile::password(path, node, servers).await?
        {
            config.password(password.expose_secret());
        }
        Ok(config)
    }
}
