//! The only wiring: from a configuration to a running program. `main` and the tests start the same thing.

use std::future::Future;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::{Server, ServerHandle};
use actix_web::middleware::{Compress, from_fn};
use actix_web::web::Data;
use actix_web::{App as ActixApp, HttpServer};
use tokio::runtime::Handle;
use url::Url;

use crate::config::{self, Config, SealingKeys, StoreUrl};
use crate::domain::{Clock, Entropy, KeyRing, Lifetimes, SealingKey, SystemClock, SystemEntropy};
use crate::flow::{Flows, Parts, Tasks};
use crate::http::{self, PageSettings, Pages, Web};
use crate::provider::{ClientAuth, Provider, ProviderSettings};
use crate::store::{MemoryStore, SealedStore, SessionStore, SqliteStore};

/// How often sessions past their limit are removed from the store.
const SWEEP: Duration = Duration::from_secs(300);

/// Why the program does not start. `Display` is one line for the operator, and shows no secret.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// An address is taken or not ours.
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
    /// The provider's client cannot be made.
    #[error("oauth: {0}")]
    Provider(#[from] crate::provider::SettingsError),
    /// A template or a file of words is at fault.
    #[error("{0}")]
    Pages(#[from] http::PageError),
    /// The sandbox cannot be started.
    #[error("sandbox: {0}")]
    Sandbox(String),
    /// The configuration asks for something that this build does not hold.
    #[error("{key}: {what}")]
    Unsupported {
        /// The key.
        key: &'static str,
        /// What is missing, and what to do.
        what: &'static str,
    },
}

/// A program that listens, and serves as soon as it is run.
pub struct App {
    server: Server,
    admin: Server,
    flows: Flows,
    tasks: Tasks,
    grace: Duration,
    addresses: Addresses,
    #[cfg(feature = "sandbox")]
    sandbox: Option<crate::sandbox::Sandbox>,
}

/// Where a built program can be reached.
#[derive(Clone, Debug)]
pub struct Addresses {
    /// Where the app listens.
    pub app: SocketAddr,
    /// Where the operator's listener is.
    pub admin: SocketAddr,
    /// What people type: the public origin.
    pub public_origin: String,
    /// The sandbox's control page, while it is the provider.
    pub sandbox: Option<String>,
}

impl App {
    /// Opens the store, starts the sandbox where it is wanted, and takes the addresses. Must be called on a tokio runtime that outlives the program.
    ///
    /// # Errors
    /// [`BuildError`], with nothing left running.
    pub async fn build(config: &Config) -> Result<Self, BuildError> {
        let public = listen("server.listen", config.server.listen)?;
        let admin = listen("server.admin_listen", config.server.admin_listen)?;
        let store = open_store(config)?;
        let tasks = Tasks::on(Handle::current());

        let mut provider = provider_settings(config);
        #[cfg(feature = "sandbox")]
        let sandbox = start_sandbox(config, &mut provider).await?;
        #[cfg(feature = "sandbox")]
        let control_page = sandbox
            .as_ref()
            .map(|sandbox| format!("{}/sandbox", sandbox.base_url()));
        #[cfg(not(feature = "sandbox"))]
        let control_page = None;

        let flows = flows(
            config,
            store,
            Provider::new(provider, Arc::new(SystemClock))?,
            tasks.clone(),
        )?;
        let web = Data::new(Web {
            flows: flows.clone(),
            pages: Pages::load(PageSettings {
                title: config.ui.title.clone(),
            })?,
            public_origin: public_origin(config),
            default_language: config.ui.default_language,
            persistent_cookie: config.session.persistent_cookie,
            trusted_proxies: config.server.trusted_proxies.clone(),
            sandbox: control_page.clone(),
        });
        let addresses = Addresses {
            app: address_of(&public, config.server.listen),
            admin: address_of(&admin, config.server.admin_listen),
            public_origin: config.public_origin(),
            sandbox: control_page,
        };
        Ok(Self {
            server: serve(public, web.clone(), config.server.shutdown_grace).map_err(|source| {
                BuildError::Listen {
                    key: "server.listen",
                    address: addresses.app,
                    source,
                }
            })?,
            admin: serve_admin(admin, web).map_err(|source| BuildError::Listen {
                key: "server.admin_listen",
                address: addresses.admin,
                source,
            })?,
            flows,
            tasks,
            grace: config.server.shutdown_grace,
            addresses,
            #[cfg(feature = "sandbox")]
            sandbox,
        })
    }

    /// Where it listens.
    #[must_use]
    pub const fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// Serves until `shutdown` resolves; then takes no new connections, lets calls and refreshes in flight finish, and returns within the grace time.
    ///
    /// # Errors
    /// What kept a listener from serving.
    pub async fn run_until(self, shutdown: impl Future<Output = ()>) -> std::io::Result<()> {
        let handles = [self.server.handle(), self.admin.handle()];
        let sweeper = tokio::spawn(sweep(self.flows.clone()));
        let serving = async { tokio::try_join!(self.server, self.admin).map(drop) };
        tokio::pin!(serving);
        let outcome = tokio::select! {
            outcome = &mut serving => outcome,
            () = shutdown => {
                // Stopping is answered by the servers themselves, so they must go on running meanwhile.
                tokio::join!(stop(&handles), serving).1
            }
        };
        sweeper.abort();
        if tokio::time::timeout(self.grace, self.tasks.finished())
            .await
            .is_err()
        {
            tracing::warn!(
                event = "stopped_early",
                "work was still under way when the grace time was over"
            );
        }
        #[cfg(feature = "sandbox")]
        if let Some(sandbox) = self.sandbox {
            sandbox.stop().await;
        }
        outcome
    }
}

/// The use cases alone, for commands that work beside a running program.
///
/// # Errors
/// [`BuildError`] when the store or the key cannot be used.
pub fn flows_beside(config: &Config) -> Result<Flows, BuildError> {
    let store = open_store(config)?;
    let provider = Provider::new(provider_settings(config), Arc::new(SystemClock))?;
    flows(config, store, provider, Tasks::on(Handle::current()))
}

fn flows(
    config: &Config,
    store: Arc<dyn SessionStore>,
    provider: Provider,
    tasks: Tasks,
) -> Result<Flows, BuildError> {
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let keys = key_ring(config)?;
    Ok(Flows::new(Parts {
        clock,
        store: SealedStore::new(store, keys.clone(), Arc::clone(&entropy)),
        entropy,
        provider,
        keys,
        lifetimes: Lifetimes {
            idle: config.session.idle_ttl,
            absolute: config.session.absolute_ttl,
        },
        pkce: config.oauth.pkce,
        tasks,
    }))
}

fn key_ring(config: &Config) -> Result<KeyRing, BuildError> {
    let sealing = |key: config::KeyBytes| SealingKey::new(key.into_bytes());
    match &config.session.keys {
        SealingKeys::Generated { path } => {
            let key = config::keys::load_or_generate(path, |bytes| SystemEntropy.fill(bytes))?;
            Ok(KeyRing::new(sealing(key), Vec::new()))
        }
        SealingKeys::Given(keys) => match keys.split_first() {
            Some((newest, older)) => Ok(KeyRing::new(
                sealing(newest.clone()),
                older.iter().cloned().map(sealing).collect(),
            )),
            None => Err(BuildError::Unsupported {
                key: "session.keys",
                what: "is empty; make a key with: aihubmix-bff keygen",
            }),
        },
    }
}

fn open_store(config: &Config) -> Result<Arc<dyn SessionStore>, BuildError> {
    match &config.session.store {
        StoreUrl::Sqlite { path } => Ok(Arc::new(SqliteStore::open(path)?)),
        StoreUrl::Memory => Ok(Arc::new(MemoryStore::default())),
        StoreUrl::Redis { .. } | StoreUrl::RedisSentinel { .. } | StoreUrl::RedisCluster { .. } => {
            Err(BuildError::Unsupported {
                key: "session.store",
                what: "this release keeps sessions in SQLite or memory only; set sqlite:PATH",
            })
        }
    }
}

fn public_origin(config: &Config) -> Url {
    let mut origin = config.oauth.redirect_uri.url().clone();
    origin.set_path("/");
    origin.set_query(None);
    origin.set_fragment(None);
    origin
}

/// The provider as configured. Where nothing is configured the sandbox fills the gaps.
fn provider_settings(config: &Config) -> ProviderSettings {
    let (client_id, client_secret) = config.oauth.credentials().map_or_else(
        || (String::new(), String::new().into()),
        |(id, secret)| (id.to_owned(), secret.clone()),
    );
    let nowhere = config.oauth.redirect_uri.url();
    let browser_base = config.oauth.auth_server.as_ref().unwrap_or(nowhere).clone();
    ProviderSettings {
        client_id,
        client_secret,
        redirect_uri: config.oauth.redirect_uri.url().clone(),
        server_base: config
            .oauth
            .api_server
            .clone()
            .unwrap_or_else(|| browser_base.clone()),
        browser_base,
        scope: config.oauth.scope.clone(),
        auto_authorize: config.oauth.auto_authorize,
        client_auth: match config.oauth.client_auth {
            config::ClientAuth::Body => ClientAuth::Body,
            config::ClientAuth::Basic => ClientAuth::Basic,
        },
        revocation_path: config.oauth.revocation_path.clone(),
        quota_per_unit: config.provider.quota_per_unit,
        topup_hosts: config.topup.allowed_hosts.clone(),
        topup_fallback: config.topup.fallback_url.clone(),
        loopback_topup: config.sandbox.enabled,
        connect_timeout: config.provider.connect_timeout,
        total_timeout: config.provider.total_timeout,
    }
}

/// Starts the sandbox where it is enabled, and makes it the provider where no other is configured.
#[cfg(feature = "sandbox")]
async fn start_sandbox(
    config: &Config,
    provider: &mut ProviderSettings,
) -> Result<Option<crate::sandbox::Sandbox>, BuildError> {
    use crate::sandbox::{SandboxClient, SandboxSettings, start};

    if !config.sandbox.enabled {
        return Ok(None);
    }
    if config.oauth.credentials().is_none() {
        "client_sandbox".clone_into(&mut provider.client_id);
        provider.client_secret = format!(
            "secret_{}",
            crate::domain::SessionId::random(&SystemEntropy).reveal()
        )
        .into();
    }
    let sandbox = start(SandboxSettings {
        listen: config.sandbox.listen,
        clients: vec![SandboxClient {
            client_id: provider.client_id.clone(),
            client_secret: provider.client_secret.clone(),
            redirect_uri: config.oauth.redirect_uri.as_str().to_owned(),
            name: config
                .ui
                .title
                .clone()
                .unwrap_or_else(|| "aihubmix-bff".to_owned()),
        }],
        state_file: match &config.session.store {
            StoreUrl::Sqlite { path } => Some(path.with_file_name("sandbox.json")),
            _ => None,
        },
        developer_token: None,
    })
    .await
    .map_err(|error| BuildError::Sandbox(error.to_string()))?;
    if config.oauth.auth_server.is_none()
        && let Ok(base) = Url::parse(&sandbox.base_url())
    {
        provider.browser_base = base.clone();
        provider.server_base = base;
        provider
            .revocation_path
            .get_or_insert_with(|| "/api/oauth2/revoke".to_owned());
    }
    Ok(Some(sandbox))
}

fn listen(key: &'static str, address: SocketAddr) -> Result<TcpListener, BuildError> {
    TcpListener::bind(address)
        .and_then(|listener| listener.set_nonblocking(true).map(|()| listener))
        .map_err(|source| BuildError::Listen {
            key,
            address,
            source,
        })
}

fn address_of(listener: &TcpListener, asked: SocketAddr) -> SocketAddr {
    listener.local_addr().unwrap_or(asked)
}

fn serve(listener: TcpListener, web: Data<Web>, grace: Duration) -> std::io::Result<Server> {
    let factory = move || {
        let web = web.clone();
        ActixApp::new()
            .app_data(web.clone())
            .wrap(Compress::default())
            .wrap(from_fn(http::envelope))
            .configure(|config| http::configure(config, &web))
    };
    Ok(HttpServer::new(factory)
        .shutdown_timeout(grace.as_secs())
        .disable_signals()
        .listen(listener)?
        .run())
}

fn serve_admin(listener: TcpListener, web: Data<Web>) -> std::io::Result<Server> {
    let factory = move || {
        let web = web.clone();
        ActixApp::new()
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

async fn stop(servers: &[ServerHandle]) {
    for server in servers {
        server.stop(true).await;
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
