//! The addresses of Redis and the login there. Neither `Debug` nor `Display` shows the login.

use std::fmt;
use std::path::PathBuf;

use secrecy::SecretString;

/// The text that replaces a login.
const MASK: &str = "***";

/// The addresses of Redis and the login there.
#[derive(Clone)]
pub struct RedisServers {
    /// At least one host with its port.
    pub nodes: Vec<RedisNode>,
    /// True for the `rediss` schemes.
    pub tls: bool,
    /// The ACL user; `None` means Redis's own default.
    pub username: Option<String>,
    /// The password, already percent-decoded.
    pub password: Option<SecretString>,
    /// The database number, 0 by default.
    pub database: u16,
    /// The client certificate for TLS; `None` when the servers ask for none.
    pub client_certificate: Option<ClientCertificate>,
}

/// The files of a client certificate (PEM). They are read for every new connection, so that a renewed certificate needs no restart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    /// The certificate, with its chain.
    pub certificate: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// One Redis, Valkey or Sentinel process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedisNode {
    /// A name or an address; IPv6 without brackets.
    pub host: String,
    /// The port, 6379 (Sentinel: 26379) by default.
    pub port: u16,
}

/// Shows the hosts. A mask replaces the whole login, because operators sometimes write a password as the user name.
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
