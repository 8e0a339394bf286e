//! Parser of `session.store`, the URL of the session store: SQLite, memory, or one of three forms of Redis.
//!
//! `app` opens the store from the parsed value. Neither `Debug` nor `Display` shows the credentials in it.

use std::fmt;
use std::path::PathBuf;

use super::fault::Wrong;
use super::field::Setting;
use super::redis_servers::{self, REDIS_PORT, SENTINEL_PORT};
use crate::store::RedisServers;

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
            Self::Redis(_) => "redis",
            Self::RedisSentinel { .. } => "redis+sentinel",
            Self::RedisCluster(_) => "redis+cluster",
        }
    }

    /// Applies `join` to the path of a SQLite file.
    pub(super) fn in_directory(self, join: impl FnOnce(PathBuf) -> PathBuf) -> Self {
        match self {
            Self::Sqlite { path } => Self::Sqlite { path: join(path) },
            elsewhere => elsewhere,
        }
    }
}

impl Setting for StoreUrl {
    fn parse(text: &str) -> Result<Self, Wrong> {
        if text.contains(char::is_control) {
            return Err("has a control character in it; write it on one line".into());
        }
        match text.split_once(':').ok_or(UNKNOWN)? {
            ("memory", "") => Ok(Self::Memory),
            ("sqlite", path) => sqlite(path),
            (scheme, rest) => redis(scheme, rest.strip_prefix("//").ok_or(UNKNOWN)?),
        }
    }
}

const UNKNOWN: &str = "is no kind of store; write sqlite:PATH, memory:, redis://, rediss://, redis+sentinel:// or redis+cluster://";

fn sqlite(path: &str) -> Result<StoreUrl, Wrong> {
    // `sqlite://data/x.db` would mean the folder `//data`. An in-memory database would be lost when its connection closes.
    if path.is_empty() || path.starts_with("//") || path.starts_with(':') || path.contains('?') {
        let wrong =
            "names no file; write sqlite:data/sessions.db, or sqlite:/var/lib/app/sessions.db";
        return Err(wrong.into());
    }
    Ok(StoreUrl::Sqlite { path: path.into() })
}

fn redis(scheme: &str, rest: &str) -> Result<StoreUrl, Wrong> {
    let (scheme, kind) = match scheme.split_once('+') {
        Some((scheme, kind)) => (scheme, Some(kind)),
        None => (scheme, None),
    };
    let is_kind = matches!(kind, None | Some("sentinel" | "cluster"));
    if !["redis", "rediss"].contains(&scheme) || !is_kind {
        return Err(UNKNOWN.into());
    }
    let port = if kind == Some("sentinel") {
        SENTINEL_PORT
    } else {
        REDIS_PORT
    };
    let (mut servers, path) = redis_servers::parse(rest, scheme == "rediss", port)?;
    match kind {
        Some("cluster") if !path.is_empty() && path != "0" => Err(
            "names a database, and a cluster has none but 0; leave out everything after the hosts"
                .into(),
        ),
        Some("cluster") => Ok(StoreUrl::RedisCluster(servers)),
        Some("sentinel") => {
            let (master, number) = path.split_once('/').unwrap_or((path, ""));
            let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
            if master.is_empty() || !master.chars().all(plain) {
                return Err(
                    "names no master; write redis+sentinel://host1,host2/master-name".into(),
                );
            }
            servers.database = database(number)?;
            Ok(StoreUrl::RedisSentinel {
                sentinels: servers,
                master: master.to_owned(),
            })
        }
        _ if servers.nodes.len() != 1 => Err(
            "names several hosts; use redis+cluster:// or redis+sentinel:// for more than one"
                .into(),
        ),
        _ => {
            servers.database = database(path)?;
            Ok(StoreUrl::Redis(servers))
        }
    }
}

fn database(text: &str) -> Result<u16, Wrong> {
    if text.is_empty() {
        return Ok(0);
    }
    let wrong = "names a database that is not a number; end it with /0, /1, … or nothing";
    text.parse().map_err(|_| wrong.into())
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = |servers: &RedisServers| if servers.tls { "rediss" } else { "redis" };
        match self {
            Self::Sqlite { path } => write!(f, "sqlite:{}", path.display()),
            Self::Memory => f.write_str("memory:"),
            Self::Redis(servers) => {
                write!(f, "{}://{servers}/{}", scheme(servers), servers.database)
            }
            Self::RedisSentinel { sentinels, master } => write!(
                f,
                "{}+sentinel://{sentinels}/{master}/{}",
                scheme(sentinels),
                sentinels.database
            ),
            Self::RedisCluster(servers) => write!(f, "{}+cluster://{servers}", scheme(servers)),
        }
    }
}
