//! Where sessions are kept, as one URL: SQLite, memory, or Redis in its three forms.
//!
//! Read from `session.store`; the store is opened from it. The login inside is never shown, not by
//! `Debug` and not by `Display`.

use std::fmt;
use std::path::PathBuf;

use percent_encoding::percent_decode_str;
use secrecy::SecretString;

use super::fault::Wrong;
use super::show::MASK;

const REDIS_PORT: u16 = 6379;
const SENTINEL_PORT: u16 = 26379;

/// A parsed `session.store`.
#[derive(Debug, Clone)]
pub enum StoreUrl {
    /// `sqlite:PATH`: one file on this machine.
    Sqlite {
        /// Relative paths are already joined to the folder the program runs in.
        path: PathBuf,
    },
    /// `memory:`: gone at the next start.
    Memory,
    /// `redis://` or `rediss://` with exactly one node.
    Redis(RedisServers),
    /// `redis+sentinel://host1,host2/master-name`: the nodes are the sentinels.
    RedisSentinel {
        /// The sentinels; login and database are those of the master.
        sentinels: RedisServers,
        /// The name under which the sentinels know the master.
        master: String,
    },
    /// `redis+cluster://host1,host2`: the nodes to learn the others from; the database is 0.
    RedisCluster(RedisServers),
}

/// Where Redis is and how to log in there.
#[derive(Clone)]
pub struct RedisServers {
    /// At least one host with its port.
    pub nodes: Vec<RedisNode>,
    /// True for the `rediss` schemes.
    pub tls: bool,
    /// The ACL user; none means Redis's own default.
    pub username: Option<String>,
    /// The password, percent-decoding done.
    pub password: Option<SecretString>,
    /// The database number, 0 by default.
    pub database: u16,
}

/// One Redis, Valkey or Sentinel process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedisNode {
    /// A name or an address; IPv6 without brackets.
    pub host: String,
    /// The port, 6379 (Sentinel: 26379) by default.
    pub port: u16,
}

impl StoreUrl {
    /// True when the sessions end with the process.
    #[must_use]
    pub fn is_volatile(&self) -> bool {
        matches!(self, Self::Memory)
    }

    /// The same with the path of a file joined to a folder.
    pub(super) fn in_directory(self, join: impl FnOnce(PathBuf) -> PathBuf) -> Self {
        match self {
            Self::Sqlite { path } => Self::Sqlite { path: join(path) },
            elsewhere => elsewhere,
        }
    }
}

/// Reads `session.store`.
pub(super) fn parse(text: &str) -> Result<StoreUrl, Wrong> {
    if text.contains(char::is_control) {
        return Err(Wrong::new(
            "has a control character in it",
            "write it on one line",
        ));
    }
    if text == "memory:" {
        return Ok(StoreUrl::Memory);
    }
    if let Some(path) = text.strip_prefix("sqlite:") {
        return sqlite(path);
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        return Err(unknown());
    };
    match scheme {
        "redis" | "rediss" => {
            let (servers, path) = servers(rest, scheme == "rediss", REDIS_PORT)?;
            if servers.nodes.len() != 1 {
                return Err(Wrong::new(
                    "names several hosts",
                    "use redis+cluster:// or redis+sentinel:// for more than one",
                ));
            }
            let database = database(path)?;
            Ok(StoreUrl::Redis(RedisServers {
                database,
                ..servers
            }))
        }
        "redis+sentinel" | "rediss+sentinel" => {
            let (servers, path) = servers(rest, scheme.starts_with("rediss"), SENTINEL_PORT)?;
            let (master, number) = path.split_once('/').unwrap_or((path, ""));
            let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
            if master.is_empty() || !master.chars().all(plain) {
                return Err(Wrong::new(
                    "names no master",
                    "write redis+sentinel://host1,host2/master-name",
                ));
            }
            let database = database(number)?;
            Ok(StoreUrl::RedisSentinel {
                sentinels: RedisServers {
                    database,
                    ..servers
                },
                master: master.to_owned(),
            })
        }
        "redis+cluster" | "rediss+cluster" => {
            let (servers, path) = servers(rest, scheme.starts_with("rediss"), REDIS_PORT)?;
            if !path.is_empty() && path != "0" {
                return Err(Wrong::new(
                    "names a database, and a cluster has none but 0",
                    "leave out everything after the hosts",
                ));
            }
            Ok(StoreUrl::RedisCluster(servers))
        }
        _ => Err(unknown()),
    }
}

fn unknown() -> Wrong {
    Wrong::new(
        "is no kind of store",
        "write sqlite:PATH, memory:, redis://, rediss://, redis+sentinel:// or redis+cluster://",
    )
}

fn sqlite(path: &str) -> Result<StoreUrl, Wrong> {
    // `sqlite://data/x.db` would mean the folder `//data`; an in-memory name would not outlive a connection.
    if path.is_empty() || path.starts_with("//") || path.starts_with(':') || path.contains('?') {
        return Err(Wrong::new(
            "names no file",
            "write sqlite:data/sessions.db, or sqlite:/var/lib/app/sessions.db",
        ));
    }
    Ok(StoreUrl::Sqlite { path: path.into() })
}

/// Takes `[user][:password]@host[:port],…[/path]` apart; the path comes back without its slash.
fn servers(rest: &str, tls: bool, port: u16) -> Result<(RedisServers, &str), Wrong> {
    if rest.contains(['?', '#']) {
        return Err(Wrong::new(
            "has a ? or # in it",
            "leave them out; in a user name or password write %3F and %23",
        ));
    }
    // A password may hold any other character, so the last @ ends it.
    let (login, place) = rest.rsplit_once('@').unwrap_or(("", rest));
    let (hosts, path) = place.split_once('/').unwrap_or((place, ""));
    let (username, password) = login.split_once(':').unwrap_or((login, ""));
    let nodes = hosts
        .split(',')
        .map(|host| node(host.trim(), port))
        .collect::<Result<Vec<_>, _>>()?;
    let servers = RedisServers {
        nodes,
        tls,
        username: decoded(username)?,
        password: decoded(password)?.map(SecretString::from),
        database: 0,
    };
    Ok((servers, path))
}

fn node(text: &str, default_port: u16) -> Result<RedisNode, Wrong> {
    let not_one = || {
        Wrong::new(
            "has a host that cannot be read",
            "write host or host:port, several separated by commas; in a password write %2F for / and %40 for @",
        )
    };
    let (host, port) = if let Some(rest) = text.strip_prefix('[') {
        let (address, after) = rest.split_once(']').ok_or_else(not_one)?;
        address
            .parse::<std::net::Ipv6Addr>()
            .map_err(|_| not_one())?;
        let port = match after {
            "" => None,
            after => Some(after.strip_prefix(':').ok_or_else(not_one)?),
        };
        (address, port)
    } else {
        match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        }
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
    if host.is_empty() || !host.chars().all(plain) {
        return Err(not_one());
    }
    let port = match port {
        None => default_port,
        Some(digits) => digits
            .parse()
            .ok()
            .filter(|port| *port != 0)
            .ok_or_else(not_one)?,
    };
    Ok(RedisNode {
        host: host.to_owned(),
        port,
    })
}

fn decoded(text: &str) -> Result<Option<String>, Wrong> {
    if text.is_empty() {
        return Ok(None);
    }
    percent_decode_str(text)
        .decode_utf8()
        .map(|text| Some(text.into_owned()))
        .map_err(|_| {
            Wrong::new(
                "has a user name or password that is not UTF-8",
                "percent-encode it as UTF-8",
            )
        })
}

fn database(text: &str) -> Result<u16, Wrong> {
    if text.is_empty() {
        return Ok(0);
    }
    text.parse().map_err(|_| {
        Wrong::new(
            "names a database that is not a number",
            "end it with /0, /1, … or nothing",
        )
    })
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

/// The hosts, with a mask where the login is: a password is sometimes written as the user name.
impl fmt::Display for RedisServers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.username.is_some() || self.password.is_some() {
            write!(f, "{MASK}@")?;
        }
        for (index, node) in self.nodes.iter().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            write!(f, "{node}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for RedisServers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RedisServers({self})")
    }
}

impl fmt::Display for RedisNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}
