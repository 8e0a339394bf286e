//! Who may have a connection: so many in all, and so many for each client.
//!
//! Who is one too many is closed without a word, after a moment, so that trying again at once gains nothing. The listener goes on accepting: if it
//! stopped, a flood would shut out everybody else. Called by the [server](super::servers) for each connection.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix_web::rt::net::TcpStream;
use actix_web::web::Data;

use super::connection::Connection;
use super::proxy_connections::{Open, ProxyConnections};
use crate::config;
use crate::http::{Client, Limits};

/// The most refused connections that are held for a moment; more are closed at once. Each takes a file descriptor.
pub(super) const MOST_HELD: usize = 200;

/// The most bytes of an answer that wait in the kernel unsent. Without a bound the kernel takes megabytes for a slow client, and asks for more only when a third
/// of them is gone, so that the program could not see at what rate the client takes an answer.
#[cfg(target_os = "linux")]
const MOST_UNSENT: u32 = 32 * 1024;

/// One for all workers; a clone is the same.
#[derive(Clone)]
pub struct Gate(Arc<Inner>);

struct Inner {
    limits: Data<Limits>,
    of_proxies: ProxyConnections,
    is_https: bool,
    most: usize,
    most_of_client: usize,
    open: AtomicUsize,
    of_clients: Mutex<HashMap<u128, usize>>,
    held: AtomicUsize,
}

impl Gate {
    /// As the configuration has it; nobody is in yet.
    pub fn new(
        config: &config::Config,
        limits: Data<Limits>,
        of_proxies: ProxyConnections,
    ) -> Self {
        let most = |number: u32| match number {
            0 => usize::MAX,
            number => number as usize,
        };
        Self(Arc::new(Inner {
            limits,
            of_proxies,
            is_https: config.cookies_are_secure(),
            most: most(config.limits.connections),
            most_of_client: most(config.limits.client_connections),
            open: AtomicUsize::new(0),
            of_clients: Mutex::default(),
            held: AtomicUsize::new(0),
        }))
    }

    /// Lets a connection in.
    ///
    /// # Errors
    /// There are too many, or it is gone already; the socket is closed.
    pub async fn enter(&self, socket: TcpStream) -> io::Result<(Connection, SocketAddr)> {
        let peer = socket.peer_addr()?;
        #[cfg(target_os = "linux")]
        // A system that cannot do it shows a slow client later.
        drop(socket2::SockRef::from(&socket).set_tcp_notsent_lowat(MOST_UNSENT));
        let client = self.0.limits.peer(Some(peer.ip()));
        match Place::take(&self.0, client, peer) {
            Some(place) => Ok((Connection::new(socket, place), peer)),
            None => {
                let refusal = self.0.limits.refuse_connection(client.as_ref());
                self.hold(refusal.pause()).await;
                Err(io::ErrorKind::QuotaExceeded.into())
            }
        }
    }

    async fn hold(&self, pause: Duration) {
        let held = &self.0.held;
        if held.fetch_add(1, Ordering::Relaxed) < MOST_HELD {
            tokio::time::sleep(pause).await;
        }
        held.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A connection's place; it is given back with the value.
pub struct Place {
    gate: Arc<Inner>,
    client: Option<Client>,
    _of_proxy: Option<Open>,
}

impl Place {
    fn take(gate: &Arc<Inner>, client: Option<Client>, peer: SocketAddr) -> Option<Self> {
        if let Some(client) = client {
            let mut of_clients = gate.of_clients();
            let own = of_clients.entry(client.key()).or_default();
            if *own >= gate.most_of_client {
                return None;
            }
            *own += 1;
        }
        // From here on it is given back by being dropped.
        let before = gate.open.fetch_add(1, Ordering::Relaxed);
        let place = Self {
            gate: Arc::clone(gate),
            client,
            _of_proxy: gate.of_proxies.count(peer.ip()),
        };
        (before < gate.most).then_some(place)
    }

    /// Counts that its client sent what is no request; how long the answer is to wait.
    pub fn admit_no_request(&self) -> Duration {
        let admitted = self.gate.limits.admit_no_request(self.client.as_ref());
        admitted.map_or_else(|refusal| refusal.pause(), |()| Duration::ZERO)
    }

    /// Whether the public origin is https.
    pub fn is_https(&self) -> bool {
        self.gate.is_https
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.gate.open.fetch_sub(1, Ordering::Relaxed);
        let Some(client) = self.client else { return };
        let mut of_clients = self.gate.of_clients();
        if let Some(own) = of_clients.get_mut(&client.key()) {
            *own -= 1;
            if *own == 0 {
                of_clients.remove(&client.key());
            }
        }
    }
}

impl Inner {
    fn of_clients(&self) -> MutexGuard<'_, HashMap<u128, usize>> {
        self.of_clients
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
