//! Makes connections: logs in, finds the server that accepts writes, and makes the tables.
//!
//! Only this module and `passfile` read the login. Called by the pool.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use secrecy::ExposeSecret as _;
use tokio::sync::Notify;
use tokio::sync::OnceCell;
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_postgres::config::SslMode;
use tokio_postgres::{AsyncMessage, Client, Config};

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

const NO_PRIMARY: Fault = Fault::NoConnection("no PostgreSQL server accepts writes");

/// The number of a server's history, which grows each time that a standby becomes the primary.
pub type Timeline = u32;

/// Returns the timeline of a server that accepts writes: the first eight hexadecimal digits of its current file.
const ROLE: &str = "SELECT CASE WHEN NOT pg_is_in_recovery() AND NOT current_setting('transaction_read_only')::bool \
    THEN substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END";

/// A connection, and the task that moves its bytes.
pub struct Connected {
    /// The client.
    pub client: Client,
    task: JoinHandle<()>,
}

/// Receives the messages of notifications.
pub type Hear = Arc<dyn Fn(&str) + Send + Sync>;

impl Connected {
    /// Closes the connection without a word to the server.
    pub fn abort(&self) {
        self.task.abort();
    }

    /// Returns the timeline of the server; `None` when it accepts no writes.
    ///
    /// # Errors
    /// [`Fault`] when there is no answer within `limit`.
    pub async fn timeline(&self, limit: Duration) -> Result<Option<Timeline>, Fault> {
        let asked = timeout(limit, self.client.query_typed_one(ROLE, &[])).await;
        let answer = asked.map_err(|_| Fault::Silent)?;
        let answer = answer.map_err(|error| Fault::from_statement(&error))?;
        let digits: Option<String> = answer.try_get(0).unwrap_or_default();
        // A server that tells no number counts as one without promotions.
        Ok(digits.map(|digits| Timeline::from_str_radix(&digits, 16).unwrap_or(1)))
    }

    /// Waits until the connection has ended.
    pub async fn ended(&mut self) {
        // An error means that the task was aborted, so that the connection has ended too.
        drop((&mut self.task).await);
    }
}

/// Makes connections to the servers.
pub struct Dial {
    servers: PostgresServers,
    tls: OnceCell<Tls>,
    /// The tables were checked by this process.
    is_prepared: AtomicBool,
    /// The highest timeline of a primary that was seen.
    timeline: AtomicU32,
    replaced: Notify,
}

impl Dial {
    /// Makes a dial for these servers.
    pub fn to(servers: PostgresServers) -> Self {
        Self {
            servers,
            tls: OnceCell::new(),
            is_prepared: AtomicBool::new(false),
            timeline: AtomicU32::new(0),
            replaced: Notify::new(),
        }
    }

    /// Checks the tables again on the next connection.
    pub fn forget_tables(&self) {
        self.is_prepared.store(false, Ordering::Relaxed);
    }

    /// Returns the servers, if there are several.
    pub fn several(&self) -> Option<&[PostgresNode]> {
        let nodes = self.servers.nodes.as_slice();
        (nodes.len() > 1).then_some(nodes)
    }

    /// Waits until another server has become the primary.
    pub async fn replaced(&self) {
        self.replaced.notified().await;
    }

    /// Makes a connection to the server that accepts writes. On the first, makes the tables or brings them up to date.
    ///
    /// # Errors
    /// [`Fault`] when no server can be used.
    pub async fn connect(&self, hear: &Hear) -> Result<Connected, Fault> {
        let mut connected = match self.servers.nodes.as_slice() {
            [node] if !self.servers.needs_primary => self.reach(node, hear).await?,
            _ => self.primary(hear).await?,
        };
        if !self.is_prepared.load(Ordering::Relaxed) {
            let prepared = timeout(PREPARE, schema::prepare(&mut connected.client));
            prepared.await.unwrap_or(Err(Fault::Silent))?;
            self.is_prepared.store(true, Ordering::Relaxed);
        }
        Ok(connected)
    }

    /// Asks every server, and returns the one that accepts writes. After a promotion the former primary may still be running and accept writes too,
    /// so the one with the highest timeline counts, and none with a lower one than any seen before.
    async fn primary(&self, hear: &Hear) -> Result<Connected, Fault> {
        let nodes = self.servers.nodes.iter();
        let mut asked: FuturesUnordered<_> = nodes.map(|node| self.role(node, hear)).collect();
        let mut best: Option<(Timeline, Connected)> = None;
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
        match best {
            Some((timeline, connected)) if timeline >= self.note(timeline) => Ok(connected),
            Some(_) => Err(NO_PRIMARY),
            None => Err(fault.unwrap_or(NO_PRIMARY)),
        }
    }

    /// Returns the highest timeline of a primary that was seen, this one included. Ends the waits for another primary when it is a new one.
    pub fn note(&self, timeline: Timeline) -> Timeline {
        let before = self.timeline.fetch_max(timeline, Ordering::Relaxed);
        if before != 0 && timeline > before {
            self.replaced.notify_waiters();
        }
        before.max(timeline)
    }

    /// Connects, and returns the timeline of a server that accepts writes.
    async fn role(
        &self,
        node: &PostgresNode,
        hear: &Hear,
    ) -> Result<Option<(Timeline, Connected)>, Fault> {
        let connected = self.reach(node, hear).await?;
        let timeline = connected.timeline(CONNECT).await?;
        Ok(timeline.map(|timeline| (timeline, connected)))
    }

    /// Connects to one server and logs in.
    pub async fn reach(&self, node: &PostgresNode, hear: &Hear) -> Result<Connected, Fault> {
        let config = self.config(node).await?;
        let tls = self.tls().await?;
        let (client, mut connection) = timeout(CONNECT, config.connect(tls))
            .await
            .map_err(|_| Fault::NoConnection("PostgreSQL does not answer in time"))?
            .map_err(|error| Fault::from_dial(&error))?;
        let hear = Arc::clone(hear);
        // The end of the connection is seen at the client, so its error is not needed. Notices are ignored, because they are text of the server.
        let task = tokio::spawn(async move {
            while let Some(Ok(message)) = poll_fn(|context| connection.poll_message(context)).await
            {
                if let AsyncMessage::Notification(notification) = message {
                    hear(notification.payload());
                }
            }
        });
        Ok(Connected { client, task })
    }

    /// Asks the server to cancel the statement that runs on this connection.
    pub async fn cancel(&self, connected: &Connected) {
        let Ok(tls) = self.tls().await else { return };
        // Best effort: the caller has its answer already.
        drop(connected.client.cancel_token().cancel_query(tls).await);
    }

    /// Returns the settings of TLS. With a client certificate its files are read again, so that a renewed one needs no restart.
    async fn tls(&self) -> Result<Tls, Fault> {
        let make = async || Tls::new(&self.servers);
        if self.servers.client_certificate.is_some() {
            return make().await;
        }
        self.tls.get_or_try_init(make).await.cloned()
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
