//! Parser of `session.store`, the URL of the session store: SQLite, memory, PostgreSQL (`postgres_url`), or one of three forms of Redis.
//!
//! `app` opens the store from the parsed value. Neither `Debug` nor `Display` shows the credentials in it.

use std::fmt;
use std::path::PathBuf;

use secrecy::SecretString;

use super::fault::{Wrong, ensure};
use super::field::Setting;
use super::postgres_url;
use super::store_host::{decoded, host_and_port};
use crate::store::{ClientCertificate, PostgresServers, PostgresTls, RedisNode, RedisServers};

/// Default port of Redis.
const REDIS_PORT: u16 = 6379;
/// Default port of a Redis Sentinel.
const SENTINEL_PORT: u16 = 26379;
const UNKNOWN: &str = "is no kind of store; write sqlite:PATH, memory:, postgres://, redis://, rediss://, redis+sentinel:// or redis+cluster://";

/// A parsed `session.store`.
#[derive(Debug, Clone)]
pub enum StoreUrl {
    /// `sqlite:PATH`: one file on this machine.
    Sqlite {
        /// The path. A relative path is already joined to the folder that the program runs in.
        path: PathBuf,
    },
    /// `memory:`: sessions are lost when the process ends.
    Memory,
    /// `postgres://` or `postgresql://`: one server, or a primary and its standbys.
    Postgres(PostgresServers),
    /// `redis://` or `rediss://` with exactly one node.
    Redis(RedisServers),
    /// `redis+sentinel://host1,host2/master-name`: the nodes are the sentinels.
    RedisSentinel {
        /// The sentinels. Credentials and database are those of the master. Sentinels that require credentials get the same ones.
        sentinels: RedisServers,
        /// The name of the master in the configuration of the sentinels.
        master: String,
    },
    /// `redis+cluster://host1,host2`: the seed nodes, from which the client discovers the others. The database is 0.
    RedisCluster(RedisServers),
}

impl StoreUrl {
    /// Returns true when the sessions are lost when the process ends.
    #[must_use]
    pub fn is_volatile(&self) -> bool {
        matches!(self, Self::Memory)
    }

    /// Returns the kind of store in one word.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Sqlite { .. } => "sqlite",
            Self::Memory => "memory",
            Self::Postgres(_) => "postgres",
            Self::Redis(_) => "redis",
            Self::RedisSentinel { .. } => "redis+sentinel",
            Self::RedisCluster(_) => "redis+cluster",
        }
    }

    /// Sets the client certificate. Returns false for a store without TLS.
    pub(super) fn set_client_certificate(&mut self, certificate: ClientCertificate) -> bool {
        match self {
            Self::Redis(servers)
            | Self::RedisCluster(servers)
            | Self::RedisSentinel {
                sentinels: servers, ..
            } if servers.tls => {
                servers.client_certificate = Some(certificate);
                true
            }
            Self::Postgres(servers) if servers.tls >= PostgresTls::Require => {
                servers.client_certificate = Some(certificate);
                true
            }
            _ => false,
        }
    }

    /// Applies `join` to the paths in it.
    pub(super) fn in_directory(self, join: impl Fn(PathBuf) -> PathBuf) -> Self {
        match self {
            Self::Sqlite { path } => Self::Sqlite { path: join(path) },
            Self::Postgres(servers) => Self::Postgres(postgres_url::in_directory(servers, join)),
            elsewhere => elsewhere,
        }
    }
}

impl Setting for StoreUrl {
    fn parse(text: &str) -> Result<Self, Wrong> {
        ensure(
            !text.contains(char::is_control),
            "has a control character in it; write it on one line",
        )?;
        match text.split_once(':').ok_or(UNKNOWN)? {
            ("memory", "") => Ok(Self::Memory),
            ("sqlite", path) => sqlite(path),
            ("postgres" | "postgresql", rest) => {
                let rest = rest.strip_prefix("//").ok_or(UNKNOWN)?;
                postgres_url::parse(rest).map(Self::Postgres)
            }
            (scheme, rest) => redis(scheme, rest.strip_prefix("//").ok_or(UNKNOWN)?),
        }
    }
}

fn sqlite(path: &str) -> Result<StoreUrl, Wrong> {
    // `sqlite://data/x.db` would mean the folder `//data`. An in-memory database would be lost when its connection closes.
    let is_other = path.starts_with("//") || path.starts_with(':') || path.contains('?');
    ensure(
        !path.is_empty() && !is_other,
        "names no file; write sqlite:data/sessions.db, or sqlite:/var/lib/app/sessions.db",
    )?;
    Ok(StoreUrl::Sqlite { path: path.into() })
}

fn redis(scheme: &str, rest: &str) -> Result<StoreUrl, Wrong> {
    let is_tls = scheme.starts_with("rediss");
    match scheme {
        "redis" | "rediss" => {
            let (mut servers, path) = servers(rest, is_tls, REDIS_PORT)?;
            ensure(
                servers.nodes.len() == 1,
                "names several hosts; use redis+cluster:// or redis+sentinel:// for more than one",
            )?;
            servers.database = database(path)?;
            Ok(StoreUrl::Redis(servers))
        }
        "redis+sentinel" | "rediss+sentinel" => {
            let (mut sentinels, path) = servers(rest, is_tls, SENTINEL_PORT)?;
            let (master, number) = path.split_once('/').unwrap_or((path, ""));
            let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
            ensure(
                !master.is_empty() && master.chars().all(is_plain),
                "names no master; write redis+sentinel://host1,host2/master-name",
            )?;
            sentinels.database = database(number)?;
            let master = master.to_owned();
            Ok(StoreUrl::RedisSentinel { sentinels, master })
        }
        "redis+cluster" | "rediss+cluster" => {
            let (servers, path) = servers(rest, is_tls, REDIS_PORT)?;
            ensure(
                path.is_empty() || path == "0",
                "names a database, and a cluster has none but 0; leave out everything after the hosts",
            )?;
            Ok(StoreUrl::RedisCluster(servers))
        }
        _ => Err(UNKNOWN.into()),
    }
}

fn database(text: &str) -> Result<u16, Wrong> {
    let wrong = "names a database that is not a number; end it with /0, /1, … or nothing";
    match text {
        "" => Ok(0),
        text => text.parse().map_err(|_| wrong.into()),
    }
}

/// Parses `[user][:password]@host[:port],…[/path]`. Returns the path without its leading slash.
fn servers(rest: &str, tls: bool, port: u16) -> Result<(RedisServers, &str), Wrong> {
    ensure(
        !rest.contains(['?', '#']),
        "has a ? or # in it; leave them out; in a user name or password write %3F and %23",
    )?;
    // Split at the last @ because a password may contain the character too.
    let (login, place) = rest.rsplit_once('@').unwrap_or(("", rest));
    let (hosts, path) = place.split_once('/').unwrap_or((place, ""));
    let (username, password) = login.split_once(':').unwrap_or((login, ""));
    let nodes = hosts
        .split(',')
        .map(|host| {
            let (host, port) = host_and_port(host.trim(), port)?;
            Ok(RedisNode { host, port })
        })
        .collect::<Result<Vec<_>, Wrong>>()?;
    let servers = RedisServers {
        nodes,
        tls,
        username: decoded(username)?,
        password: decoded(password)?.map(SecretString::from),
        database: 0,
        client_certificate: None,
    };
    Ok((servers, path))
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = |servers: &RedisServers| match servers.tls {
            true => self.kind().replace("redis", "rediss"),
            false => self.kind().to_owned(),
        };
        match self {
            Self::Sqlite { path } => write!(f, "sqlite:{}", path.display()),
            Self::Memory => f.write_str("memory:"),
            Self::Postgres(it) => write!(f, "postgres://{it}"),
            Self::Redis(it) => write!(f, "{}://{it}/{}", scheme(it), it.database),
            Self::RedisSentinel { sentinels, master } => {
                let (scheme, database) = (scheme(sentinels), sentinels.database);
                write!(f, "{scheme}://{sentinels}/{master}/{database}")
            }
            Self::RedisCluster(it) => write!(f, "{}://{it}", scheme(it)),
        }
    }
}
