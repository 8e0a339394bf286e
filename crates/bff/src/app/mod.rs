//! Builds the running program from a configuration. `main` and the tests start the same program.

mod core_dumps;
mod definition;
mod door;
mod keys;
mod open_files;
mod parts;
mod proxy_connections;
mod servers;
#[cfg(feature = "sandbox")]
mod stand_in;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::web::Data;
use tokio::runtime::Handle;
use tokio::signal::unix::Signal;
use tokio::time::Instant;
use url::Url;

use crate::audit;
use crate::config::{self, Config, Sources};
use crate::domain::{KeyRing, SystemClock};
use crate::flow::{Flows, Tasks};
use crate::http::{self, AppState, CspReports, Draining, Limits, PageSettings, Pages};
use crate::provider::Provider;
use crate::telemetry;

pub use core_dumps::forbid as forbid_core_dumps;
pub use definition::App;
pub use open_files::allow as allow_open_files;
pub use parts::flows_beside;

use definition::build_values;
use door::Door;
use keys::{KeyKeeper, key_ring};
use parts::{flows, open_store, provider_settings};
use proxy_connections::ProxyConnections;
use servers::{Bounds, address_of, listen, serve, serve_admin};
#[cfg(feature = "sandbox")]
use stand_in::start_sandbox;

/// Interval at which expired sessions are removed from the store.
const SWEEP: Duration = Duration::from_secs(300);

/// Interval at which the log reports events that are counted and not logged individually.
const TELL: Duration = Duration::from_secs(10);

/// How long a graceful shutdown waits for reverse proxies to close idle connections. At most half the grace time.
const LET_GO: Duration = Duration::from_secs(10);

/// Why the program does not start. `Display` prints one line for the operator and shows no secret.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// An address is in use or does not belong to this machine.
    #[error(
        "{key}: cannot listen on {address}: {source}; end what listens there, or set another address"
    )]
    Listen {
        /// The key that names the address.
        key: &'static str,
        /// The address.
        address: SocketAddr,
        /// The system's reason.
        source: std::io::Error,
    },
    /// The sealing key in its file cannot be used.
    #[error("{0}")]
    KeyFile(#[from] config::keys::KeyFileError),
    /// The session file cannot be used.
    #[error("session.store: {0}")]
    SessionFile(#[from] crate::store::OpenFileError),
    /// The client of the provider cannot be created.
    #[error("oauth: {0}")]
    Provider(#[from] crate::provider::SettingsError),
    /// A template or a translation file is invalid.
    #[error("{0}")]
    Pages(#[from] http::PageError),
    /// The app adds a source that is not valid in a Content-Security-Policy.
    #[error(
        "App::csp: {0:?} is no source; write a scheme or an origin, such as https://cdn.example.com"
    )]
    ContentSource(String),
    /// A value of the app cannot be built.
    #[error("App::data: cannot build {type_name}: {reason}")]
    AppData {
        /// The type of the value.
        type_name: &'static str,
        /// Why.
        reason: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The sandbox cannot be started.
    #[error("sandbox: {0}; or set sandbox.enabled to false")]
    Sandbox(String),
    /// The configuration requires a feature that this build does not contain.
    #[error("{key}: {what}")]
    Unsupported {
        /// The key.
        key: &'static str,
        /// What is missing, and the remedy.
        what: &'static str,
    },
}

/// A built program. It listens already, and serves requests once it runs.
pub struct Program {
    server: Server,
    admin: Server,
    door: Door,
    of_proxies: ProxyConnections,
    limits: Data<Limits>,
    web: Data<AppState>,
    draining: Draining,
    flows: Flows,
    keys: KeyRing,
    tasks: Tasks,
    grace: Duration,
    addresses: Addresses,
    #[cfg(feature = "sandbox")]
    sandbox: Option<oauth_sandbox::Sandbox>,
}

/// The addresses of a built program.
#[derive(Clone, Debug)]
pub struct Addresses {
    /// Address of the public listener.
    pub app: SocketAddr,
    /// Address of the operator's listener.
    pub admin: SocketAddr,
    /// The public origin, which users open in the browser.
    pub public_origin: String,
    /// URL of the sandbox's control page, when the sandbox runs.
    pub sandbox: Option<String>,
}

impl Program {
    /// Opens the store, starts the sandbox if it is enabled, and binds the addresses. Must be called on a tokio runtime that outlives the program.
    ///
    /// # Errors
    /// [`BuildError`]. Nothing is left running then.
    pub async fn build(app: App, config: &Config) -> Result<Self, BuildError> {
        if let Some(source) = app.content_sources.bad() {
            return Err(BuildError::ContentSource(source.to_owned()));
        }
        let public = listen("server.listen", config.server.listen)?;
        let admin = listen("server.admin_listen", config.server.admin_listen)?;
        let store = open_store(config)?;
        let tasks = Tasks::on(Handle::current());
        let app_values = build_values(app.data, &config.app)?;

        let provider = provider_settings(config);
        #[cfg(feature = "sandbox")]
        let (provider, sandbox) = start_sandbox(config, provider).await?;
        #[cfg(feature = "sandbox")]
        let control_page = sandbox
            .as_ref()
            .map(|sandbox| format!("{}/sandbox", sandbox.base_url()));
        #[cfg(not(feature = "sandbox"))]
        let control_page = None;

        let keys = key_ring(config)?;
        let flows = flows(
            config,
            store,
            Provider::new(provider, Arc::new(SystemClock))?,
            keys.clone(),
            tasks.clone(),
        )?;
        let draining = Draining::default();
        let of_proxies = ProxyConnections::of(&config.server.trusted_proxies);
        let limits = Data::new(Limits::new(config));
        let web = Data::new(AppState {
            flows: flows.clone(),
            pages: Pages::load(PageSettings {
                title: config.ui.title.clone(),
            })?,
            public_origin: public_origin(config),
            default_language: config.ui.default_language,
            persistent_cookie: config.session.persistent_cookie,
            trusted_proxies: config.server.trusted_proxies.clone(),
            metrics: telemetry::metrics_text,
            sandbox: control_page.clone(),
            draining: draining.clone(),
            csp_reports: CspReports::default(),
            routes: app.routes,
            content_sources: app.content_sources,
            app_values,
        });
        let addresses = Addresses {
            app: address_of(&public, config.server.listen),
            admin: address_of(&admin, config.server.admin_listen),
            public_origin: config.public_origin(),
            sandbox: control_page,
        };
        let app_is_taken = |source| BuildError::Listen {
            key: "server.listen",
            address: addresses.app,
            source,
        };
        let door = Door::to(&public).map_err(app_is_taken)?;
        let grace = config.server.shutdown_grace;
        Ok(Self {
            server: serve(
                public,
                web.clone(),
                limits.clone(),
                of_proxies.clone(),
                &Bounds {
                    connections: config.limits.connections,
                    grace,
                },
            )
            .map_err(app_is_taken)?,
            admin: serve_admin(admin, web.clone()).map_err(|source| BuildError::Listen {
                key: "server.admin_listen",
                address: addresses.admin,
                source,
            })?,
            door,
            of_proxies,
            limits,
            web,
            draining,
            flows,
            keys,
            tasks,
            grace,
            addresses,
            #[cfg(feature = "sandbox")]
            sandbox,
        })
    }

    /// Returns the addresses of the program.
    #[must_use]
    pub const fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// Writes the effective configuration to the audit log.
    pub fn tell_configuration(&self, config: &Config) {
        audit::configuration_loaded(
            env!("CARGO_PKG_VERSION"),
            config.profile.name(),
            &self.addresses.public_origin,
            config.session.store.kind(),
            self.keys.ids().len(),
            &self.keys.sealing().id().to_string(),
        );
    }

    /// Starts a task that reloads the sealing keys from `sources` when their file changes and when the process receives SIGHUP (`hang_ups`). The
    /// task runs until the runtime ends. The program must have been built from the same sources.
    pub fn follow_keys(&self, config: &Config, sources: Sources, hang_ups: Signal) {
        tokio::spawn(KeyKeeper::new(self.keys.clone(), config, sources).run(hang_ups));
    }

    /// Serves until `shutdown` resolves. Then it stops accepting connections, lets calls and refreshes in flight finish, and returns within the grace
    /// time.
    ///
    /// # Errors
    /// The I/O error of a listener.
    pub async fn run_until(self, shutdown: impl Future<Output = ()>) -> std::io::Result<()> {
        let (server, admin) = (self.server.handle(), self.admin.handle());
        let sweeper = tokio::spawn(sweep(self.flows.clone()));
        let teller = tokio::spawn(log_counts(self.limits, self.web));
        let serving = async { tokio::try_join!(self.server, self.admin).map(drop) };
        tokio::pin!(serving);
        tokio::select! {
            outcome = &mut serving => {
                sweeper.abort();
                teller.abort();
                return outcome;
            }
            () = shutdown => {}
        }
        let stopping = async {
            let begun = Instant::now();
            self.draining.begin();
            self.tasks.stop_by(begun + self.grace);
            self.door.close(&server).await;
            let let_go = begun + LET_GO.min(self.grace / 2);
            // After the timeout the server closes the remaining connections that are idle.
            drop(tokio::time::timeout_at(let_go, self.of_proxies.are_gone()).await);
            server.stop(true).await;
            admin.stop(true).await;
            self.tasks.finished().await;
            if let Err(error) = self.flows.settle_store().await {
                tracing::warn!(event = "store_failed", %error, "the store was not settled");
            }
        };
        // The servers are polled meanwhile, because they must run to process the stop command.
        let stopped = async { tokio::join!(stopping, serving).1 };
        let outcome = tokio::time::timeout(self.grace, stopped).await;
        sweeper.abort();
        teller.abort();
        if outcome.is_err() {
            tracing::warn!(
                event = "stopped_early",
                "work was still under way when the grace time was over"
            );
        }
        #[cfg(feature = "sandbox")]
        if let Some(sandbox) = self.sandbox {
            sandbox.stop().await;
        }
        outcome.unwrap_or(Ok(()))
    }
}

fn public_origin(config: &Config) -> Url {
    let mut origin = config.oauth.redirect_uri.url().clone();
    origin.set_path("/");
    origin.set_query(None);
    origin.set_fragment(None);
    origin
}

/// Logs how many requests the limits refused and which CSP reports arrived since the last log line.
async fn log_counts(limits: Data<Limits>, web: Data<AppState>) {
    let mut ticks = tokio::time::interval(TELL);
    loop {
        let now = ticks.tick().await;
        limits.tell_rest();
        web.csp_reports.log_rest(now);
    }
}

async fn sweep(flows: Flows) {
    let mut ticks = tokio::time::interval(SWEEP);
    loop {
        ticks.tick().await;
        match flows.sweep().await {
            Ok(0) => {}
            Ok(removed) => tracing::info!(
                event = "sessions_swept",
                removed,
                "sessions past their limit were removed"
            ),
            Err(error) => tracing::warn!(event = "store_failed", %error, "the store was not swept"),
        }
    }
}
