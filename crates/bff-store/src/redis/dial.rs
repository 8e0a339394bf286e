//! Makes connections: to one server, to the master that sentinels name, or to the nodes of a cluster.
//!
//! Only this module reads the login. Called by the link.

use std::sync::Arc;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::cluster::ClusterClientBuilder;
use redis::cluster_async::ClusterConnection;
use redis::cluster_routing::{MultipleNodeRoutingInfo, RoutingInfo, SingleNodeRoutingInfo};
use redis::{
    AsyncConnectionConfig, Cmd, ConnectionAddr, ConnectionInfo, ErrorKind, FromRedisValue,
    IntoConnectionInfo as _, ProtocolVersion, PushInfo, PushKind, RedisConnectionInfo, RedisError,
    RedisResult, TlsMode, Value,
};
use secrecy::ExposeSecret as _;

use super::client;
use super::sentinels::{self, Named, Sentinels};
use crate::redis_servers::{RedisNode, RedisServers};
use bff_core::{Entropy as _, ThreadEntropy};

/// Longest time for a server to accept a connection and the login: 900 ms.
const CONNECT: Duration = Duration::from_millis(900);
/// Longest time for a server to answer a command: 900 ms.
const ANSWER: Duration = Duration::from_millis(900);
/// Number of keys that a server checks in one step of a scan.
const SCAN_STEP: usize = 1_000;

/// The servers that hold the sessions.
pub enum Target {
    /// One server.
    Server(RedisServers),
    /// The master that sentinels name. The login and the database are those of the master.
    Master {
        /// The addresses of the sentinels, and the connection settings of the servers.
        servers: RedisServers,
        /// The sentinels that name the master.
        sentinels: Sentinels,
    },
    /// The cluster that these nodes belong to.
    Cluster(RedisServers),
}

impl Target {
    /// Makes the target for the master of this name at these sentinels.
    pub fn behind_sentinels(servers: RedisServers, master: String) -> Self {
        let addresses = servers.nodes.iter().map(|node| address(node, servers.tls));
        let certificate = servers.client_certificate.clone();
        let sentinels = Sentinels::at(addresses, &login(&servers), certificate, master);
        Self::Master { servers, sentinels }
    }

    fn servers(&self) -> &RedisServers {
        match self {
            Self::Server(servers) | Self::Cluster(servers) | Self::Master { servers, .. } => {
                servers
            }
        }
    }

    /// Makes a new connection. It calls `on_loss` when a connection to a server closes. A cluster connection reconnects by itself.
    pub async fn connect(
        &self,
        on_loss: impl Fn() + Send + Sync + 'static,
    ) -> RedisResult<Connection> {
        // RESP3 reports a closed connection at once; RESP2 only at the next command.
        let limits = with_push(move |push| {
            if push.kind == PushKind::Disconnection {
                on_loss();
            }
        });
        match self {
            Self::Cluster(servers) => {
                let client = self.cluster_client(servers).await?;
                client.get_async_connection().await.map(Connection::Cluster)
            }
            _ => self.connect_to_one(&limits).await,
        }
    }

    /// Subscribes to `channel` over a new connection, and passes its messages and the loss of the connection to `on_push`. In a cluster it asks one
    /// node after the other, and begins with a random one.
    pub async fn subscribe(
        &self,
        channel: &str,
        on_push: impl Fn(PushInfo) + Send + Sync + 'static,
    ) -> RedisResult<Subscription> {
        let mut connection = self.connect_to_one(&with_push(on_push)).await?;
        if let Connection::Server(connection) | Connection::Master(connection, _) = &mut connection
        {
            connection.subscribe(channel).await?;
        }
        Ok(Subscription(connection))
    }

    /// Connects to the server, to the master, or to any node of the cluster that was configured.
    async fn connect_to_one(&self, limits: &AsyncConnectionConfig) -> RedisResult<Connection> {
        match self {
            Self::Server(servers) => {
                let node = servers.nodes.first().ok_or_else(no_address)?;
                self.server(node, limits).await.map(Connection::Server)
            }
            Self::Master { sentinels, .. } => {
                let named = sentinels.master().await?;
                let mut connection = self.server(&named.node, limits).await?;
                // The server may have been frozen until now, and may have been replaced meanwhile.
                if !(is_master(&mut connection).await? && sentinels.still_name(&named).await) {
                    return Err(sentinels::not_settled());
                }
                Ok(Connection::Master(connection, Arc::new(named)))
            }
            Self::Cluster(servers) => {
                let mut start = [0];
                ThreadEntropy.fill(&mut start);
                let count = servers.nodes.len().max(1);
                let nodes = servers
                    .nodes
                    .iter()
                    .cycle()
                    .skip(usize::from(start[0]) % count);
                let mut failure = no_address();
                for node in nodes.take(count) {
                    match self.server(node, limits).await {
                        Ok(connection) => return Ok(Connection::Server(connection)),
                        Err(error) => failure = error,
                    }
                }
                Err(failure)
            }
        }
    }

    async fn server(
        &self,
        node: &RedisNode,
        limits: &AsyncConnectionConfig,
    ) -> RedisResult<MultiplexedConnection> {
        let certificate = self.servers().client_certificate.as_ref();
        client::open(self.node(node)?, certificate)
            .await?
            .get_multiplexed_async_connection_with_config(limits)
            .await
    }

    /// Reports whether this connection still leads to the master, and not to a server that is being replaced. Without sentinels this is always
    /// true, because no other server knows.
    pub async fn is_current(&self, connection: &Connection) -> bool {
        match (self, connection) {
            (Self::Master { sentinels, .. }, Connection::Master(_, named)) => {
                sentinels.still_name(named).await
            }
            _ => true,
        }
    }

    /// Reconnects to the sentinels that could not be reached.
    pub async fn reach_sentinels(&self) {
        if let Self::Master { sentinels, .. } = self {
            sentinels.reach().await;
        }
    }

    /// Sends a command to the node that an `ASK` answer names. It uses a separate connection, because that node may be unknown to the client and only
    /// the very next command may follow `ASKING`.
    pub async fn ask(&self, redirect: &RedisError, command: &Cmd) -> RedisResult<Value> {
        let (host, port) = redirect
            .redirect_node()
            .and_then(|(address, _)| address.rsplit_once(':'))
            .ok_or_else(no_address)?;
        let node = RedisNode {
            host: host.to_owned(),
            port: port.parse().map_err(|_| no_address())?,
        };
        let mut connection = self.server(&node, &limits()).await?;
        redis::cmd("ASKING")
            .query_async::<()>(&mut connection)
            .await?;
        command.query_async(&mut connection).await
    }

    async fn cluster_client(
        &self,
        servers: &RedisServers,
    ) -> RedisResult<redis::cluster::ClusterClient> {
        let nodes = servers.nodes.iter().map(|node| self.node(node));
        let mut builder = ClusterClientBuilder::new(nodes.collect::<RedisResult<Vec<_>>>()?)
            // The link decides about retries, because it knows which commands must not be repeated.
            .retries(0)
            .use_protocol(ProtocolVersion::RESP3)
            .connection_timeout(CONNECT)
            .response_timeout(ANSWER)
            .overall_response_timeout(Some(ANSWER));
        if servers.tls {
            builder = builder.tls(TlsMode::Secure);
        }
        if let Some(files) = &servers.client_certificate {
            builder = builder.certs(client::certificates(files).await?);
        }
        builder.build()
    }

    fn node(&self, node: &RedisNode) -> RedisResult<ConnectionInfo> {
        let servers = self.servers();
        let settings = login(servers)
            .set_protocol(ProtocolVersion::RESP3)
            .set_db(servers.database.into());
        Ok(address(node, servers.tls)
            .into_connection_info()?
            .set_redis_settings(settings))
    }
}

fn login(servers: &RedisServers) -> RedisConnectionInfo {
    let mut login = RedisConnectionInfo::default();
    if let Some(username) = &servers.username {
        login = login.set_username(username);
    }
    if let Some(password) = &servers.password {
        login = login.set_password(password.expose_secret());
    }
    login
}

async fn is_master(connection: &mut MultiplexedConnection) -> RedisResult<bool> {
    let role: Vec<Value> = redis::cmd("ROLE").query_async(connection).await?;
    let name = role.into_iter().next().map(redis::from_redis_value);
    Ok(name.transpose()? == Some("master".to_owned()))
}

fn address(node: &RedisNode, tls: bool) -> ConnectionAddr {
    let (host, port) = (node.host.clone(), node.port);
    if tls {
        ConnectionAddr::TcpTls {
            host,
            port,
            insecure: false,
            tls_params: None,
        }
    } else {
        ConnectionAddr::Tcp(host, port)
    }
}

fn limits() -> AsyncConnectionConfig {
    AsyncConnectionConfig::new()
        .set_connection_timeout(Some(CONNECT))
        .set_response_timeout(Some(ANSWER))
}

/// Returns the limits, and the function that receives what the server sends unasked.
fn with_push(on_push: impl Fn(PushInfo) + Send + Sync + 'static) -> AsyncConnectionConfig {
    limits().set_push_sender(move |push: PushInfo| {
        on_push(push);
        Ok::<(), redis::aio::SendError>(())
    })
}

fn no_address() -> RedisError {
    (ErrorKind::InvalidClientConfig, "no usable address").into()
}

/// A connection that is subscribed to a channel.
pub struct Subscription(pub Connection);

/// A connection for commands. Clones share it.
#[derive(Clone)]
pub enum Connection {
    /// A connection to one server.
    Server(MultiplexedConnection),
    /// A connection to the master that sentinels named.
    Master(MultiplexedConnection, Arc<Named>),
    /// Connections to all nodes of a cluster.
    Cluster(ClusterConnection),
}

impl Connection {
    /// Sends a command once. In a cluster it goes to the node that holds the slot of its key.
    pub async fn send(&mut self, command: &Cmd) -> RedisResult<Value> {
        match self {
            Self::Server(connection) | Self::Master(connection, _) => {
                command.query_async(connection).await
            }
            Self::Cluster(connection) => command.query_async(connection).await,
        }
    }

    /// Returns the matching keys of every master. Some may occur twice.
    pub async fn scan(self, pattern: &str) -> RedisResult<Vec<String>> {
        let mut found = Vec::new();
        match self {
            Self::Server(mut connection) | Self::Master(mut connection, _) => {
                let mut cursor = 0;
                loop {
                    let answer = scan_step(cursor, pattern)
                        .query_async(&mut connection)
                        .await?;
                    cursor = keep(answer, &mut found)?;
                    if cursor == 0 {
                        return Ok(found);
                    }
                }
            }
            Self::Cluster(mut connection) => {
                let everywhere =
                    RoutingInfo::MultiNode((MultipleNodeRoutingInfo::AllMasters, None));
                let answers = connection
                    .route_command(scan_step(0, pattern), everywhere)
                    .await?;
                let answers: Vec<(String, Value)> = redis::from_redis_value(answers)?;
                for (address, answer) in answers {
                    let (host, port) = address.rsplit_once(':').ok_or_else(no_address)?;
                    let mut cursor = keep(answer, &mut found)?;
                    while cursor != 0 {
                        let there = SingleNodeRoutingInfo::ByAddress {
                            host: host.to_owned(),
                            port: port.parse().map_err(|_| no_address())?,
                        };
                        let answer = connection
                            .route_command(
                                scan_step(cursor, pattern),
                                RoutingInfo::SingleNode(there),
                            )
                            .await?;
                        cursor = keep(answer, &mut found)?;
                    }
                }
                Ok(found)
            }
        }
    }
}

fn scan_step(cursor: u64, pattern: &str) -> Cmd {
    let mut command = redis::cmd("SCAN");
    command.arg(cursor).arg("MATCH").arg(pattern);
    command.arg("COUNT").arg(SCAN_STEP);
    command
}

/// Keeps the keys of one step. Returns the cursor of the next step, 0 after the last.
fn keep(answer: Value, found: &mut Vec<String>) -> RedisResult<u64> {
    let (cursor, keys): (u64, Vec<String>) = FromRedisValue::from_redis_value(answer)?;
    found.extend(keys);
    Ok(cursor)
}
