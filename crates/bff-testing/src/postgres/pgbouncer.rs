//! PgBouncer in front of a server.

use std::process::{Child, Stdio};

use tempfile::TempDir;

use super::files::{LOGIN, new_folder};
use super::process::{LOOK_AGAIN, LOOKS, as_unprivileged};
use super::server::Postgres;
use crate::port::free_port;

/// A PgBouncer in transaction mode in front of a server.
pub struct PgBouncer {
    port: u16,
    child: Child,
    _folder: TempDir,
}

impl PgBouncer {
    /// Starts it with few connections to the server, so that clients share them.
    pub async fn start(server: &Postgres) -> Self {
        let folder = new_folder();
        let (port, path) = (free_port(), folder.path().display());
        let (role, database) = LOGIN;
        let configuration = format!(
            "[databases]\n{database} = host=127.0.0.1 port={} user={role}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             auth_type = any\npool_mode = transaction\ndefault_pool_size = 3\nunix_socket_dir =\nlogfile = {path}/log\n",
            server.port()
        );
        let file = folder.path().join("pgbouncer.ini");
        std::fs::write(&file, configuration).expect("it can be written");
        let mut bouncer = as_unprivileged("pgbouncer");
        bouncer.arg("-q").arg(file).stdin(Stdio::null());
        let child = bouncer.spawn().expect("pgbouncer must be installed");
        let bouncer = Self {
            port,
            child,
            _folder: folder,
        };
        for _ in 0..LOOKS {
            if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return bouncer;
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        panic!("pgbouncer accepts no connections");
    }

    /// Returns its port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns the store URL of the server behind it.
    #[must_use]
    pub fn url(&self) -> String {
        let (role, database) = LOGIN;
        format!("postgres://{role}@127.0.0.1:{}/{database}", self.port)
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
