//! The two listeners and their servers. Called by [`Program`](super::Program) only.

use std::net::{SocketAddr, TcpListener};
use std::num::NonZero;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::middleware::Compress;
use actix_web::rt::net::TcpStream;
use actix_web::web::Data;
use actix_web::{App, HttpServer};

use super::error::BuildError;
use super::listener::ListenerHandle;
use super::proxy_connections::ProxyConnections;
use crate::config::Config;
use crate::http::{self, AppState, Limits};

/// Keep-alive timeout of idle connections. It is longer than the 60 s of reverse proxies (nginx's default for an upstream), so that the proxy closes
/// first, because only the proxy knows whether it is about to send a request.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// Time limit for the head of the first request on a connection. After it the answer is a request timeout (408).
const TIME_FOR_HEAD: Duration = Duration::from_secs(5);

/// Time limit for the client to close the connection after a response that ends it.
const TIME_TO_CLOSE: Duration = Duration::from_secs(1);

/// The two bound listeners.
pub struct Listeners {
    /// For browsers.
    pub app: TcpListener,
    /// For the operator.
    pub admin: TcpListener,
    configured: (SocketAddr, SocketAddr),
}

impl Listeners {
    /// Binds the addresses of the configuration.
    pub fn bind(config: &Config) -> Result<Self, BuildError> {
        let (app, admin) = (config.server.listen, config.server.admin_listen);
        Ok(Self {
            app: listen("server.listen", app)?,
            admin: listen("server.admin_listen", admin)?,
            configured: (app, admin),
        })
    }

    /// Returns the address for browsers. It differs from the configured one when that has port 0, which selects a free port.
    pub fn app_address(&self) -> SocketAddr {
        self.app.local_addr().unwrap_or(self.configured.0)
    }

    /// Returns the address for the operator.
    pub fn admin_address(&self) -> SocketAddr {
        self.admin.local_addr().unwrap_or(self.configured.1)
    }
}

fn listen(key: &'static str, address: SocketAddr) -> Result<TcpListener, BuildError> {
    TcpListener::bind(address)
        .and_then(|listener| listener.set_nonblocking(true).map(|()| listener))
        .map_err(|source| BuildError::listen(key, address, source))
}

/// Connection limit and shutdown time of the public server.
pub struct Bounds {
    /// Maximum number of open connections. 0 means no limit.
    pub connections: u32,
    /// Time that requests in flight have after a graceful shutdown began.
    pub grace: Duration,
}

/// The two servers, started. They serve while they are polled.
pub struct Servers {
    pub app: Server,
    pub admin: Server,
    /// Closes the listener for browsers during a graceful shutdown.
    pub listener: ListenerHandle,
}

impl Servers {
    /// Starts both servers.
    pub fn start(
        listeners: Listeners,
        state: &Data<AppState>,
        limits: &Data<Limits>,
        proxy_connections: &ProxyConnections,
        bounds: &Bounds,
    ) -> Result<Self, BuildError> {
        let (app, admin) = (listeners.app_address(), listeners.admin_address());
        let app_failed = |source| BuildError::listen("server.listen", app, source);
        let admin_failed = |source| BuildError::listen("server.admin_listen", admin, source);
        Ok(Self {
            listener: ListenerHandle::new(&listeners.app).map_err(app_failed)?,
            app: serve(
                listeners.app,
                state.clone(),
                limits.clone(),
                proxy_connections.clone(),
                bounds,
            )
            .map_err(app_failed)?,
            admin: serve_admin(listeners.admin, state.clone()).map_err(admin_failed)?,
        })
    }
}

/// Starts the public server.
fn serve(
    listener: TcpListener,
    state: Data<AppState>,
    limits: Data<Limits>,
    proxy_connections: ProxyConnections,
    bounds: &Bounds,
) -> std::io::Result<Server> {
    let factory = move || {
        let state = state.clone();
        let app = App::new()
            .app_data(state.clone())
            .app_data(limits.clone())
            .wrap(Compress::default());
        http::with_middleware(app).configure(|config| http::configure(config, &state))
    };
    let workers = std::thread::available_parallelism().map_or(1, NonZero::get);
    let connections = match bounds.connections {
        0 => u32::MAX,
        connections => connections,
    };
    Ok(HttpServer::new(factory)
        .workers(workers)
        // Divided because the limit applies to each worker.
        .max_connections((connections as usize).div_ceil(workers))
        .keep_alive(KEEP_ALIVE)
        // Without it the last part of a large response waits about 40 ms for the client's acknowledgement.
        .tcp_nodelay(true)
        .client_request_timeout(TIME_FOR_HEAD)
        .client_disconnect_timeout(TIME_TO_CLOSE)
        // A client that closes its side of the connection reads no response, so its upstream call is cancelled at once.
        .h1_allow_half_closed(false)
        .on_connect(move |connection, data| {
            let socket = connection.downcast_ref::<TcpStream>();
            if let Some(socket) = socket {
                bound_unsent(socket);
            }
            let peer = socket.and_then(|socket| socket.peer_addr().ok());
            // The connection owns the guard, so that it counts until the connection ends.
            if let Some(open) = peer.and_then(|peer| proxy_connections.count(peer.ip())) {
                data.insert(open);
            }
        })
        .shutdown_timeout(bounds.grace.as_secs())
        .disable_signals()
        .listen(listener)?
        .run())
}

/// Limits the unsent data in the kernel's socket buffer. Without a limit the kernel buffers megabytes for a slow client, and becomes writable again
/// only after a third of them is sent, so that the program could not measure how fast the client reads a response.
#[cfg(target_os = "linux")]
fn bound_unsent(socket: &TcpStream) {
    const MOST_UNSENT: u32 = 32 * 1024;
    // An error is ignored because without this option a slow client is only detected later.
    drop(socket2::SockRef::from(socket).set_tcp_notsent_lowat(MOST_UNSENT));
}

/// Does nothing, because this option exists only on Linux.
#[cfg(not(target_os = "linux"))]
fn bound_unsent(_: &TcpStream) {}

/// Starts the operator's server.
fn serve_admin(listener: TcpListener, state: Data<AppState>) -> std::io::Result<Server> {
    let factory = move || {
        let state = state.clone();
        http::with_middleware(App::new().app_data(state.clone()))
            .configure(|config| http::configure_admin(config, &state))
    };
    Ok(HttpServer::new(factory)
        .workers(1)
        .shutdown_timeout(1)
        .disable_signals()
        .listen(listener)?
        .run())
}
