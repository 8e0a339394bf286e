//! The two listeners and the servers behind them. Called by [`App`](super::App) only.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use actix_http::HttpServiceBuilder;
use actix_server::Server;
use actix_service::{IntoServiceFactory as _, ServiceFactoryExt as _, fn_service, map_config};
use actix_web::dev::AppConfig;
use actix_web::middleware::{Compress, from_fn};
use actix_web::rt::net::TcpStream;
use actix_web::web::Data;
use actix_web::{App, HttpServer};

use super::BuildError;
use super::connection::Connection;
use super::gate::Gate;
use crate::http::{self, Limits, Web};

/// How long an idle connection is kept. Reverse proxies keep theirs for up to 60 s (nginx's default for an upstream), and whoever closes first must be the
/// proxy: it knows whether it is about to send something.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

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

/// The public server: what [`HttpServer`] puts together as well, over connections of our own.
pub fn serve(
    listener: TcpListener,
    web: Data<Web>,
    limits: Data<Limits>,
    gate: Gate,
    grace: Duration,
) -> std::io::Result<Server> {
    let server = Server::build();
    let stops = server.graceful_shutdown_signal();
    let factory = move || {
        let (web, gate, stops) = (web.clone(), gate.clone(), stops.clone());
        let app = App::new()
            .app_data(web.clone())
            .app_data(limits.clone())
            .wrap(Compress::default())
            .wrap(from_fn(http::envelope))
            .configure(|config| http::configure(config, &web))
            .into_factory()
            .map_err(|error| error.error_response());
        let http = HttpServiceBuilder::default()
            .graceful_shutdown_signal(move || {
                let stops = stops.clone();
                async move { stops.notified().await }
            })
            .keep_alive(KEEP_ALIVE)
            // Who closes the connection waits for nothing: what is under way for an upstream ends at once.
            .h1_allow_half_closed(false)
            // The connection sees to it, for every head.
            .client_request_timeout(Duration::ZERO)
            .client_disconnect_timeout(TIME_TO_CLOSE)
            .on_connect_ext(|connection: &Connection, data| {
                data.insert(connection.turn());
            })
            .h1(map_config(app, |()| AppConfig::default()));
        fn_service(move |socket: TcpStream| {
            let gate = gate.clone();
            async move {
                let (connection, peer) = gate.enter(socket).await?;
                Ok((connection, Some(peer)))
            }
        })
        .and_then(http)
    };
    Ok(server
        .shutdown_timeout(grace.as_secs())
        .disable_signals()
        .listen("app", listener, factory)?
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
