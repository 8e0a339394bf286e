//! A stand-in for the provider, to develop and test against: the documented OAuth2 service with sign-in,
//! consent, PKCE, one-time codes, rotation and reuse detection, and a control page that makes it misbehave.
//! It is another program to the rest of this one and must never run in production. The app starts it
//! beside itself when nothing is configured; the command `sandbox` runs it alone.
//!
//! ```text
//! routes -> {authorize, user_actions, token, revoke, resource, registration, topup}   the provider
//!        -> api                                                                its API, as the developer of an app chooses it
//!        -> {control, control_form, control_page}                              its strings
//! misbehave <- faults <- catalogue      what goes wrong, by name
//! state -> {users, clients, grants, knobs <- shapes, journal}      what is known, behind one mutex
//! ```

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::middleware::from_fn;
use actix_web::web::Data;
use actix_web::{App, HttpServer};
use secrecy::{ExposeSecret, SecretString};
use thiserror::Error;
use tokio::sync::oneshot;

use clients::Client;
use opaque::Digest;
use pages::Pages;
use state::{Parts, Shared};

mod answers;
mod api;
mod assets;
mod authorization_request;
mod authorize;
mod browser;
mod catalogue;
mod client_auth;
mod clients;
mod clock;
mod control;
mod control_form;
mod control_page;
mod faults;
mod grants;
mod journal;
mod knobs;
mod misbehave;
mod opaque;
mod pages;
mod params;
mod refusals;
mod registration;
mod resource;
mod revoke;
mod routes;
mod shapes;
mod state;
#[cfg(test)]
mod tests;
mod token;
mod topup;
mod user_actions;
mod users;
mod world;

pub use revoke::REVOCATION_PATH;

/// The developer token that registers apps when the settings name none.
pub const DEFAULT_DEVELOPER_TOKEN: &str = "dev-sandbox";

/// How long an idle connection is kept: 75 seconds, as nginx keeps it. The default of the HTTP library is 5 seconds, which on a busy machine can pass
/// between a response and the next request of a client that keeps the connection for 4 seconds.
const KEEP_ALIVE: Duration = Duration::from_secs(75);

/// What a sandbox is started with.
#[derive(Debug)]
pub struct SandboxSettings {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The apps that are known from the start.
    pub clients: Vec<SandboxClient>,
    /// Keeps accounts, registered apps and grants over a restart (0600). None: memory only.
    pub state_file: Option<PathBuf>,
    /// The folder of the JSON files with which the sandbox answers other paths than its own. None: 404.
    pub answers: Option<PathBuf>,
    /// The bearer token for app registration; none: [`DEFAULT_DEVELOPER_TOKEN`].
    pub developer_token: Option<SecretString>,
}

/// An app that the sandbox knows.
#[derive(Clone, Debug)]
pub struct SandboxClient {
    /// What the app calls itself at every endpoint.
    pub client_id: String,
    /// What it proves that with; the sandbox keeps the digest.
    pub client_secret: SecretString,
    /// Compared character for character.
    pub redirect_uri: String,
    /// What the consent page calls it.
    pub name: String,
}

/// Why a sandbox did not start.
#[derive(Debug, Error)]
pub enum SandboxError {
    /// Another program listens there.
    #[error(
        "the address {0} is in use; stop the program that listens there, or set another sandbox.listen"
    )]
    AddressTaken(SocketAddr),
    /// The address cannot be listened on for another reason.
    #[error("cannot listen on {address}: {source}; set another sandbox.listen")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The state file or its folder cannot be used.
    #[error("the state file {} cannot be used: {source}; repair it, or move it away to start again", path.display())]
    StateFile {
        /// The file that was asked for.
        path: PathBuf,
        /// What the system or the parser says.
        #[source]
        source: io::Error,
    },
    /// A page template is wrong.
    #[error("the sandbox's pages cannot be parsed")]
    Pages(#[source] tera::Error),
    /// Its thread or its server did not come up.
    #[error("the sandbox's server did not start")]
    Server(#[source] io::Error),
}

/// A running sandbox. It ends with [`Sandbox::stop`], or when it is dropped.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    base_url: String,
    server: ServerHandle,
    ended: Option<oneshot::Receiver<()>>,
}

/// Binds and starts a sandbox on a thread of its own, so that any runtime may call this.
///
/// # Errors
/// When the address is taken or cannot be listened on, or the state file cannot be used.
pub async fn start(settings: SandboxSettings) -> Result<Sandbox, SandboxError> {
    let listener = listen(settings.listen)?;
    let address = listener.local_addr().map_err(SandboxError::Server)?;
    let base_url = format!("http://{address}");
    let shared = Data::new(shared(settings, base_url.clone())?);
    let (started, has_started) = oneshot::channel();
    let (ending, ended) = oneshot::channel();
    let serve = move || {
        actix_web::rt::System::new().block_on(async move {
            let server = match server(listener, shared) {
                Ok(server) => server,
                // Ignored when no task waits for the start.
                Err(error) => return drop(started.send(Err(error))),
            };
            drop(started.send(Ok(server.handle())));
            if let Err(error) = server.await {
                tracing::error!(%error, "the sandbox ended");
            }
            // No task waits for the end of a sandbox that was dropped.
            let _ = ending.send(());
        });
    };
    std::thread::Builder::new()
        .name("sandbox".into())
        .spawn(serve)
        .map_err(SandboxError::Server)?;
    let server = has_started
        .await
        .unwrap_or_else(|_| Err(io::Error::other("its thread ended")))
        .map_err(SandboxError::Server)?;
    Ok(Sandbox {
        address,
        base_url,
        server,
        ended: Some(ended),
    })
}

fn listen(address: SocketAddr) -> Result<TcpListener, SandboxError> {
    TcpListener::bind(address).map_err(|source| match source.kind() {
        io::ErrorKind::AddrInUse => SandboxError::AddressTaken(address),
        _ => SandboxError::Listen { address, source },
    })
}

fn shared(settings: SandboxSettings, base_url: String) -> Result<Shared, SandboxError> {
    let clients = settings.clients.into_iter().map(|client| Client {
        secret: Digest::of(client.client_secret.expose_secret()),
        client_id: client.client_id,
        redirect_uri: client.redirect_uri,
        name: client.name,
    });
    let developer_token = settings.developer_token.as_ref();
    let parts = Parts {
        base_url,
        developer_token: Digest::of(
            developer_token.map_or(DEFAULT_DEVELOPER_TOKEN, |token| token.expose_secret()),
        ),
        clients: clients.collect(),
        state_file: settings.state_file.clone(),
        answers: settings.answers,
        pages: Pages::new().map_err(SandboxError::Pages)?,
    };
    Shared::load(parts).map_err(|source| SandboxError::StateFile {
        path: settings.state_file.unwrap_or_default(),
        source,
    })
}

fn server(listener: TcpListener, shared: Data<Shared>) -> io::Result<actix_web::dev::Server> {
    let app = move || {
        App::new()
            .app_data(shared.clone())
            .wrap(from_fn(browser::add_headers))
            .configure(routes::configure)
    };
    let server = HttpServer::new(app)
        .workers(1)
        .disable_signals()
        .keep_alive(KEEP_ALIVE)
        // Who is slow to send is waited for: the only failures here are those that were ordered.
        .client_request_timeout(Duration::ZERO)
        .listen(listener)?
        .run();
    Ok(server)
}

impl Sandbox {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://` and the address, without a slash at the end.
    pub fn base_url(&self) -> String {
        self.base_url.clone()
    }

    /// Ends it at once, calls that hang included, and waits until the address is free.
    pub async fn stop(mut self) {
        self.server.stop(false).await;
        if let Some(ended) = self.ended.take() {
            // An error means that the thread is gone, which is what is waited for.
            drop(ended.await);
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // The order to stop is given at once; only waiting for it would need a runtime.
        drop(self.server.stop(false));
    }
}
