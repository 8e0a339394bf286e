//! The addresses of PostgreSQL, the login there, and how much of TLS is checked. Neither `Debug` nor `Display` shows the login.

use std::fmt;
use std::path::PathBuf;

use secrecy::SecretString;

use crate::redis_servers::ClientCertificate;

/// The text that replaces a login.
const MASK: &str = "***";

/// The addresses of PostgreSQL, the login and the database there.
#[derive(Clone)]
pub struct PostgresServers {
    /// At least one server. Of several, the one that accepts writes is used.
    pub nodes: Vec<PostgresNode>,
    /// The role.
    pub username: String,
    /// The password, already percent-decoded. Without one, `passfile` is read.
    pub password: Option<SecretString>,
    /// A file of passwords in the form of `.pgpass`. It is read for every new connection, so that a changed password needs no restart.
    pub passfile: Option<PathBuf>,
    /// The database.
    pub database: String,
    /// How much of TLS is used and checked.
    pub tls: PostgresTls,
    /// The certificates that a server's certificate must lead to.
    pub roots: PostgresRoots,
    /// The client certificate for TLS; `None` when the servers ask for none.
    pub client_certificate: Option<ClientCertificate>,
    /// Uses only a server that accepts writes (`target_session_attrs=read-write`). Always true for several servers.
    pub needs_primary: bool,
    /// Largest number of connections of this process.
    pub connections: usize,
}

/// One server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostgresNode {
    /// A name or an address, IPv6 without brackets; or the folder of a Unix socket, which begins with `/`.
    pub host: String,
    /// The port, 5432 by default.
    pub port: u16,
}

/// `sslmode` of libpq. A greater mode checks more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PostgresTls {
    /// No TLS.
    Disable,
    /// TLS if the server offers it. The server's certificate is not checked.
    Prefer,
    /// TLS. The server's certificate is checked only with `sslrootcert`, and then like `verify-ca`.
    Require,
    /// TLS. The server's certificate must lead to a trusted root. Its name is not checked.
    VerifyCa,
    /// TLS. The server's certificate must lead to a trusted root and name the host.
    VerifyFull,
}

impl PostgresTls {
    /// Returns the name that libpq uses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Prefer => "prefer",
            Self::Require => "require",
            Self::VerifyCa => "verify-ca",
            Self::VerifyFull => "verify-full",
        }
    }
}

/// `sslrootcert` of libpq.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PostgresRoots {
    /// The roots of the operating system; `SSL_CERT_FILE` replaces them.
    System,
    /// The certificates of a PEM file.
    File(PathBuf),
}

/// Shows hosts, database and TLS. A mask replaces the whole login, because operators sometimes write a password as the user name.
impl fmt::Display for PostgresServers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{MASK}@")?;
        for (index, node) in self.nodes.iter().enumerate() {
            if index > 0 {
                f.write_str(",")?;
            }
            write!(f, "{node}")?;
        }
        write!(f, "/{}?sslmode={}", self.database, self.tls.name())
    }
}

impl fmt::Debug for PostgresServers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresServers({self})")
    }
}

impl fmt::Display for PostgresNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.starts_with('/') {
            write!(f, "{}:{}", self.host.replace('/', "%2F"), self.port)
        } else if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}
