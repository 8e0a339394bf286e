//! The two listeners and the servers behind them. Called by [`App`](super::App) only.

use std::net::{SocketAddr, TcpListener};
use std::num::NonZero;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::middleware::{Compress, from_fn};
use actix_web::rt::net::TcpStream;
use actix_web::web::Data;
use actix_web::{App, HttpServer};

use super::BuildError;
use super::proxy_connections::ProxyConnections;
use crate::http::{self, AppState, Limits};

/// How long an idle connection is kept. Reverse proxies keep theirs for up to 60 s (nginx's default for an upstream), and whoever closes first must be the
/// proxy: it knows whether it is about to send something.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// Time limit for the head of the first request on a connection; 408 after it.
const TIME_FOR_HEAD: Duration = Duration::from_secs(5);

/// How long a client may take to close after an answer that ends the connection.
const TIME_TO_CLOSE: Duration = Duration::from_secs(1);

/// Takes the address that `key` names.
pub fn listen(key: &'static str, address: SocketAddr) -> Result<TcpListener, BuildError> {
    TcpListener::bind(address)
        .and_then(|listener| listener.set_nonblocking(true).map(|()| listener))
        .map_err(|source| BuildError::Listen {
            key,
            address,
            source,
        })
}

/// Where the listener really is: port 0 asks for any free one.
pub fn address_of(listener: &TcpListener, asked: SocketAddr) -> SocketAddr {
    listener.local_addr().unwrap_or(asked)
}

/// What the public server may take, and how long it may take to stop.
pub struct Bounds {
    /// Open connections; 0: no limit.
    pub connections: u32,
    /// How long requests in flight may take after a stop began.
    pub grace: Duration,
}

/// Starts the public server.
pub fn serve(
    listener: TcpListener,
    web: Data<AppState>,
    limits: Data<Limits>,
    of_proxies: ProxyConnections,
    bounds: &Bounds,
) -> std::io::Result<Server> {
    let factory = move || {
        let web = web.clone();
        App::new()
            .app_data(web.clone())
            .app_data(limits.clone())
            .wrap(Compress::default())
            .wrap(from_fn(http::envelope))
            .configure(|config| http::configure(config, &web))
    };
    let workers = std::thread::available_parallelism().map_or(1, NonZero::get);
    let connections = match bounds.connections {
        0 => u32::MAX,
        connections => connections,
    };
    Ok(HttpServer::new(factory)
        .workers(workers)
        // Each worker has its own cap.
        .max_connections((connections as usize).div_ceil(workers))
        .keep_alive(KEEP_ALIVE)
        .client_request_timeout(TIME_FOR_HEAD)
        .client_disconnect_timeout(TIME_TO_CLOSE)
        // A client that closes its side of the connection takes no answer, so a call to an upstream on its behalf ends at once.
        .h1_allow_half_closed(false)
        .on_connect(move |connection, data| {
            let socket = connection.downcast_ref::<TcpStream>();
            if let Some(socket) = socket {
                bound_unsent(socket);
            }
            let peer = socket.and_then(|socket| socket.peer_addr().ok());
            // Counts for as long as the connection keeps it.
            if let Some(open) = peer.and_then(|peer| of_proxies.count(peer.ip())) {
                data.insert(open);
            }
        })
        .shutdown_timeout(bounds.grace.as_secs())
        .disable_signals()
        .listen(listener)?
        .run())
}

/// Limits what waits in the kernel unsent. Without a bound the kernel takes megabytes for a slow client, and asks for more only when a third of them is
/// gone, so that the program could not see at what rate the client takes an answer.
#[cfg(target_os = "linux")]
fn bound_unsent(socket: &TcpStream) {
    const MOST_UNSENT: u32 = 32 * 1024;
    // A system that cannot do it shows a slow client later.
    drop(socket2::SockRef::from(socket).set_tcp_notsent_lowat(MOST_UNSENT));
}

/// Elsewhere there is no such option.
#[cfg(not(target_os = "linux"))]
fn bound_unsent(_: &TcpStream) {}

/// The operator's server.
pub fn serve_admin(listener: TcpListener, web: Data<AppState>) -> std::io::Result<Server> {
    let factory = move || {
        let web = web.clone();
        App::new()
            .app_data(web.clone())
            .wrap(from_fn(http::envelope))
            .configure(|config| http::configure_admin(config, &web))
    };
    Ok(HttpServer::new(factory)
        .workers(1)
        .shutdown_timeout(1)
        .disable_signals()
        .listen(listener)?
        .run())
}
