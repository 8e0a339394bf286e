//! The two listeners and the servers behind them. Called by [`App`](super::App) only.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::middleware::{Compress, from_fn};
use actix_web::web::Data;
use actix_web::{App, HttpServer};

use super::BuildError;
use super::proxy_connections::ProxyConnections;
use crate::http::{self, Web};

/// How long an idle connection is kept. Reverse proxies keep theirs for up to 60 s (nginx's default for an upstream), and whoever closes first must be the
/// proxy: it knows whether it is about to send something.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

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

/// The public server.
pub fn serve(
    listener: TcpListener,
    web: Data<Web>,
    grace: Duration,
    of_proxies: ProxyConnections,
) -> std::io::Result<Server> {
    let factory = move || {
        let web = web.clone();
        App::new()
            .app_data(web.clone())
            .wrap(Compress::default())
            .wrap(from_fn(http::envelope))
            .configure(|config| http::configure(config, &web))
    };
    Ok(HttpServer::new(factory)
        .on_connect(move |connection, data| of_proxies.count(connection, data))
        .keep_alive(KEEP_ALIVE)
        // Who closes the connection waits for nothing: what is under way for an upstream ends at once.
        .h1_allow_half_closed(false)
        .shutdown_timeout(grace.as_secs())
        .disable_signals()
        .listen(listener)?
        .run())
}

/// The operator's server.
pub fn serve_admin(listener: TcpListener, web: Data<Web>) -> std::io::Result<Server> {
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
