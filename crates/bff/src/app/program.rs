//! [`Program`]: the program that is built from an app and its configuration. It runs until a signal, and stops in the phases of a graceful shutdown.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::web::Data;
use tokio::runtime::Handle;
use tokio::signal::unix::Signal;
use tokio::task::JoinSet;
use url::Url;

use crate::audit;
use crate::config::{Config, Sources};
use crate::domain::KeyRing;
use crate::flow::{Flows, Replica, Tasks};
use crate::http::{AppState, CspReports, Draining, Limits, Pages};
use crate::telemetry;

use super::client_secret;
use super::definition::{App, build_values};
use super::error::BuildError;
use super::keys::{KeyKeeper, key_ring};
use super::parts::{flows, open_store, provider_settings};
use super::proxy_connections::ProxyConnections;
use super::replicas;
use super::sandbox::{self, RunningSandbox};
use super::servers::{Bounds, Listeners, Servers};
use super::shutdown::Shutdown;

/// Interval at which expired sessions are removed from the store.
const SWEEP_INTERVAL: Duration = Duration::from_secs(300);

/// Interval at which the log reports events that are counted and not logged individually.
const LOG_COUNTS_INTERVAL: Duration = Duration::from_secs(10);

/// A built program. It listens already, and serves requests once it runs.
pub struct Program {
    server: Server,
    admin: Server,
    limits: Data<Limits>,
    state: Data<AppState>,
    replica: Replica,
    keys: KeyRing,
    addresses: Addresses,
    shutdown: Shutdown,
    sandbox: RunningSandbox,
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
        check_content_sources(&app)?;
        let provider = provider_settings(&app, config)?;
        let listeners = Listeners::bind(config)?;
        let store = open_store(config).await?;
        let (provider, sandbox) = sandbox::start(config, provider).await?;
        let keys = key_ring(config)?;
        let tasks = Tasks::new(Handle::current());
        let flows = flows(config, store, provider, keys.clone(), tasks.clone())?;
        let replica = replicas::this_replica(app.name, config, &flows);
        let state = app_state(app, config, flows, sandbox.control_page())?;
        let limits = Data::new(Limits::new(config));
        let proxy_connections = ProxyConnections::new(&config.server.trusted_proxies);
        let addresses = Addresses {
            app: listeners.app_address(),
            admin: listeners.admin_address(),
            public_origin: config.public_origin(),
            sandbox: sandbox.control_page(),
        };
        let grace = config.server.shutdown_grace;
        let bounds = Bounds {
            connections: config.limits.connections,
            grace,
        };
        let servers = Servers::start(listeners, &state, &limits, &proxy_connections, &bounds)?;
        let shutdown = Shutdown {
            server: servers.app.handle(),
            admin: servers.admin.handle(),
            listener: servers.listener,
            proxy_connections,
            draining: state.draining.clone(),
            flows: state.flows.clone(),
            tasks,
            grace,
        };
        Ok(Self {
            server: servers.app,
            admin: servers.admin,
            limits,
            state,
            replica,
            keys,
            addresses,
            shutdown,
            sandbox,
        })
    }

    /// Returns the addresses of the program.
    #[must_use]
    pub const fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// Writes the effective configuration to the audit log.
    pub fn log_configuration(&self, config: &Config) {
        audit::configuration_loaded(
            env!("CARGO_PKG_VERSION"),
            config.profile.name(),
            &self.addresses.public_origin,
            config.session.store.kind(),
            self.keys.ids().len(),
            &self.keys.sealing().id().to_string(),
        );
    }

    /// Starts tasks that reload the sealing keys and the client secret from `sources` when their files change and when the process receives SIGHUP
    /// (`hang_ups`, one for each). The tasks run until the runtime ends. The program must have been built from the same sources.
    pub fn follow_secrets(&self, config: &Config, sources: &Sources, hang_ups: [Signal; 2]) {
        let [for_keys, for_secret] = hang_ups;
        let keys = KeyKeeper::new(self.keys.clone(), config, sources.clone());
        tokio::spawn(keys.run(for_keys));
        let flows = self.state.flows.clone();
        tokio::spawn(client_secret::follow(flows, sources.clone(), for_secret));
    }

    /// Serves until `shutdown` resolves. Then it stops accepting connections, lets calls and refreshes in flight finish, and returns within the grace
    /// time.
    ///
    /// # Errors
    /// The I/O error of a listener.
    pub async fn run_until(self, shutdown: impl Future<Output = ()>) -> std::io::Result<()> {
        // The tasks end when the set is dropped.
        let mut background = JoinSet::new();
        background.spawn(sweep(self.state.flows.clone()));
        let watchers = Arc::clone(&self.state.flows.watchers);
        background.spawn(async move { watchers.listen().await });
        let replicas = self.state.flows.replicas.clone();
        background.spawn(replicas::announce(replicas, self.replica, self.keys));
        background.spawn(log_counts(self.limits, self.state));
        let serving = async { tokio::try_join!(self.server, self.admin).map(drop) };
        tokio::pin!(serving);
        tokio::select! {
            outcome = &mut serving => return outcome,
            () = shutdown => {}
        }
        let outcome = self.shutdown.run(serving).await;
        drop(background);
        self.sandbox.stop().await;
        outcome
    }
}

fn check_content_sources(app: &App) -> Result<(), BuildError> {
    let invalid = app.content_sources.bad();
    invalid.map_or(Ok(()), |source| {
        Err(BuildError::ContentSource(source.to_owned()))
    })
}

/// Returns the state that handlers share. Public for harnesses that run the handlers without listeners.
///
/// # Errors
/// [`BuildError`] when a value of the app or its pages cannot be built.
pub fn app_state(
    mut app: App,
    config: &Config,
    flows: Flows,
    sandbox: Option<String>,
) -> Result<Data<AppState>, BuildError> {
    let app_values = build_values(std::mem::take(&mut app.data), &config.app)?;
    let pages = app.pages(config)?;
    check_overlay(&pages, config)?;
    Ok(Data::new(AppState {
        app_values,
        flows,
        pages,
        public_origin: public_origin(config),
        persistent_cookie: config.session.persistent_cookie,
        page_wait: config.provider.page_wait(),
        trusted_proxies: config.server.trusted_proxies.clone(),
        metrics: telemetry::metrics_text,
        sampler: telemetry::sampler(),
        sandbox,
        draining: Draining::default(),
        csp_reports: CspReports::default(),
        routes: app.routes,
        content_sources: app.content_sources,
        closed_paths: app.closed_paths,
        errors: app.errors,
    }))
}

/// Renders all pages once when there is an overlay, so that a faulty template stops the start and not a page. In development the page shows the fault.
fn check_overlay(pages: &Pages, config: &Config) -> Result<(), BuildError> {
    if config.ui.overlay.is_none() || config.profile.is_development() {
        return Ok(());
    }
    let faults = pages.render_faults();
    let first = faults.first().map(|first| BuildError::Overlay {
        first: first.clone(),
        all: faults.len(),
    });
    first.map_or(Ok(()), Err)
}

fn public_origin(config: &Config) -> Url {
    let mut origin = config.oauth.redirect_uri.url().clone();
    origin.set_path("/");
    origin.set_query(None);
    origin.set_fragment(None);
    origin
}

/// Logs how many requests the limits refused and which CSP reports arrived since the last log line.
async fn log_counts(limits: Data<Limits>, state: Data<AppState>) {
    let mut ticks = tokio::time::interval(LOG_COUNTS_INTERVAL);
    loop {
        let now = ticks.tick().await;
        limits.log_rest();
        state.csp_reports.log_rest(now);
    }
}

async fn sweep(flows: Flows) {
    let mut ticks = tokio::time::interval(SWEEP_INTERVAL);
    loop {
        ticks.tick().await;
        match flows.sessions.sweep().await {
            Ok(0) => {}
            Ok(removed) => tracing::info!(
                event = "sessions_swept",
                removed,
                "expired sessions removed"
            ),
            Err(error) => {
                tracing::warn!(event = "store_failed", %error, "expired sessions could not be removed from the session store");
            }
        }
    }
}
