//! Makes connections: to one server, to the master that sentinels name, or to the nodes of a cluster.
//!
//! The login is read here and nowhere else. Called by the link.

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::cluster::ClusterClientBuilder;
use redis::cluster_async::ClusterConnection;
use redis::cluster_routing::{MultipleNodeRoutingInfo, RoutingInfo, SingleNodeRoutingInfo};
use redis::sentinel::{SentinelClientBuilder, SentinelServerType};
use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionAddr, ConnectionInfo, ErrorKind, FromRedisValue,
    IntoConnectionInfo as _, ProtocolVersion, PushInfo, PushKind, RedisConnectionInfo, RedisError,
    RedisResult, TlsMode, Value,
};
use secrecy::ExposeSecret as _;

use crate::config::{RedisNode, RedisServers};

/// The longest that one server takes to accept a connection and the login.
const CONNECT: Duration = Duration::from_millis(900);
/// The longest that one server takes to answer a command.
const ANSWER: Duration = Duration::from_millis(900);
/// How many keys a server looks at in one step of a scan.
const SCAN_STEP: usize = 1_000;

/// Which servers hold the sessions.
pub enum Target {
    /// One server.
    Server(RedisServers),
    /// The master of this name; the login and the database are the master's.
    Sentinel {
        /// Who is asked for it; to those that want a login the same one is given.
        sentinels: RedisServers,
        /// Its name there.
        master: String,
    },
    /// The cluster that these nodes belong to.
    Cluster(RedisServers),
}

impl Target {
    fn servers(&self) -> &RedisServers {
        match self {
            Self::Server(servers) | Self::Cluster(servers) => servers,
            Self::Sentinel { sentinels, .. } => sentinels,
        }
    }

    /// A new connection. `on_loss` is called when that to a server closes; a cluster's mends itself.
    pub async fn connect(
        &self,
        on_loss: impl Fn() + Send + Sync + 'static,
    ) -> RedisResult<Connection> {
        // The third protocol tells of a closed connection at once, not with the next command.
        let limits = limits().set_push_sender(move |push: PushInfo| {
            if push.kind == PushKind::Disconnection {
                on_loss();
            }
            Ok::<(), redis::aio::SendError>(())
        });
        Ok(match self {
            Self::Server(servers) => {
                let node = servers.nodes.first().ok_or_else(no_address)?;
                let client = Client::open(self.node(node)?)?;
                Connection::Server(
                    client
                        .get_multiplexed_async_connection_with_config(&limits)
                        .await?,
                )
            }
            Self::Sentinel { sentinels, master } => {
                let client = find_master(sentinels, master).await?;
                let line = client
                    .get_multiplexed_async_connection_with_config(&limits)
                    .await?;
                Connection::Master(line, Master::of(&client))
            }
            Self::Cluster(servers) => {
                Connection::Cluster(self.cluster_client(servers)?.get_async_connection().await?)
            }
        })
    }

    /// Whether the sentinels name another master now. Where they cannot be asked, the one that is known goes on.
    pub async fn has_moved_from(&self, known: &Master) -> bool {
        let Self::Sentinel { sentinels, master } = self else {
            return false;
        };
        let found = find_master(sentinels, master).await;
        found.is_ok_and(|client| Master::of(&client) != *known)
    }

    /// Sends a command to the node that an `ASK` answer names, on a connection of its own: that node may be new to us, and only the very next
    /// command may follow `ASKING`.
    pub async fn ask(&self, redirect: &RedisError, command: &Cmd) -> RedisResult<Value> {
        let (host, port) = redirect
            .redirect_node()
            .and_then(|(address, _)| address.rsplit_once(':'))
            .ok_or_else(no_address)?;
        let node = RedisNode {
            host: host.to_owned(),
            port: port.parse().map_err(|_| no_address())?,
        };
        let mut connection = Client::open(self.node(&node)?)?
            .get_multiplexed_async_connection_with_config(&limits())
            .await?;
        redis::cmd("ASKING")
            .query_async::<()>(&mut connection)
            .await?;
        command.query_async(&mut connection).await
    }

    fn cluster_client(&self, servers: &RedisServers) -> RedisResult<redis::cluster::ClusterClient> {
        let nodes = servers.nodes.iter().map(|node| self.node(node));
        let builder = ClusterClientBuilder::new(nodes.collect::<RedisResult<Vec<_>>>()?)
            // What is sent again is decided by the link, which knows what must not be.
            .retries(0)
            .use_protocol(ProtocolVersion::RESP3)
            .connection_timeout(CONNECT)
            .response_timeout(ANSWER)
            .overall_response_timeout(Some(ANSWER));
        if servers.tls {
            builder.tls(TlsMode::Secure).build()
        } else {
            builder.build()
        }
    }

    fn node(&self, node: &RedisNode) -> RedisResult<ConnectionInfo> {
        let servers = self.servers();
        let mut login = RedisConnectionInfo::default()
            .set_protocol(ProtocolVersion::RESP3)
            .set_db(servers.database.into());
        if let Some(username) = &servers.username {
            login = login.set_username(username);
        }
        if let Some(password) = &servers.password {
            login = login.set_password(password.expose_secret());
        }
        Ok(address(node, servers.tls)
            .into_connection_info()?
            .set_redis_settings(login))
    }
}

/// The master that the sentinels name. They are asked without a login first: most have none. Those that want one get the master's.
async fn find_master(sentinels: &RedisServers, master: &str) -> RedisResult<Client> {
    let mut client = sentinel_client(sentinels, master)?.build()?;
    let refused = match client.async_get_client().await {
        Ok(found) => return Ok(found),
        Err(error) => error,
    };
    let Some(password) = &sentinels.password else {
        return Err(refused);
    };
    let mut builder = sentinel_client(sentinels, master)?
        .set_client_to_sentinel_password(password.expose_secret());
    if let Some(username) = &sentinels.username {
        builder = builder.set_client_to_sentinel_username(username);
    }
    let found = builder.build()?.async_get_client().await;
    // Of two failures the one is told that is not only about the login that was left out or not wanted.
    found.map_err(|error| match refused.code() {
        Some("NOAUTH") => error,
        _ => refused,
    })
}

fn sentinel_client(sentinels: &RedisServers, master: &str) -> RedisResult<SentinelClientBuilder> {
    let nodes = sentinels.nodes.iter();
    let mut builder = SentinelClientBuilder::new(
        nodes.map(|node| address(node, sentinels.tls)),
        master,
        SentinelServerType::Master,
    )?
    .set_client_to_redis_protocol(ProtocolVersion::RESP3)
    .set_client_to_redis_db(sentinels.database.into());
    if sentinels.tls {
        builder = builder.set_client_to_redis_tls_mode(TlsMode::Secure);
    }
    if let Some(username) = &sentinels.username {
        builder = builder.set_client_to_redis_username(username);
    }
    if let Some(password) = &sentinels.password {
        builder = builder.set_client_to_redis_password(password.expose_secret());
    }
    Ok(builder)
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

fn no_address() -> RedisError {
    (ErrorKind::InvalidClientConfig, "no usable address").into()
}

/// Where the master is that the sentinels named.
#[derive(Clone, PartialEq)]
pub struct Master(ConnectionAddr);

impl Master {
    fn of(client: &Client) -> Self {
        Self(client.get_connection_info().addr().clone())
    }
}

/// A way to send commands; copies share it.
#[derive(Clone)]
pub enum Connection {
    /// To one server.
    Server(MultiplexedConnection),
    /// To the master that the sentinels named.
    Master(MultiplexedConnection, Master),
    /// To all nodes of a cluster.
    Cluster(ClusterConnection),
}

impl Connection {
    /// Sends a command once; in a cluster to the node that holds its key's slot.
    pub async fn send(&mut self, command: &Cmd) -> RedisResult<Value> {
        match self {
            Self::Server(connection) | Self::Master(connection, _) => {
                command.query_async(connection).await
            }
            Self::Cluster(connection) => command.query_async(connection).await,
        }
    }

    /// The keys that match, on every master; some of them twice.
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

/// Keeps the keys of one step; answers where the next begins, 0 after the last.
fn keep(answer: Value, found: &mut Vec<String>) -> RedisResult<u64> {
    let (cursor, keys): (u64, Vec<String>) = FromRedisValue::from_redis_value(answer)?;
    found.extend(keys);
    Ok(cursor)
}
