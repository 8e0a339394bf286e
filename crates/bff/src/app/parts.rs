//! Builds the parts of the program from the configuration: store, keys, provider, use cases. Called by [`Program`](super::Program) and, through
//! [`flows_beside`], by the commands that work while the program is running.

use std::sync::Arc;

use tokio::runtime::Handle;

use super::definition::App;
use super::error::BuildError;
use super::keys::key_ring;
use crate::config::{Config, StoreUrl};
use crate::domain::{Clock, Entropy, KeyRing, Lifetimes, SystemClock, SystemEntropy};
use crate::flow::{Flows, LoginSettings, Parts, Tasks};
use crate::provider::{EndpointPaths, Provider, ProviderSettings};
use crate::store::{MemoryStore, PostgresServers, SealedStore, SessionStore, SqliteStore};
use crate::upstream::Upstreams;

#[cfg(not(feature = "postgres"))]
const NO_POSTGRES: BuildError = BuildError::Unsupported {
    key: "session.store",
    what: "PostgreSQL is not in this build; build with the feature `postgres`, or set another store",
};
const NO_REDIS: BuildError = BuildError::Unsupported {
    key: "session.store",
    what: "Redis is not in this build; build with the feature `redis`, or set another store",
};

/// Builds only the use cases, for commands that work while the program is running.
///
/// # Errors
/// [`BuildError`] when the store or the key cannot be used.
pub async fn flows_beside(app: &App, config: &Config) -> Result<Flows, BuildError> {
    let settings = provider_settings(app, config)?;
    let store = open_store(config).await?;
    let tasks = Tasks::new(Handle::current());
    flows(config, store, settings, key_ring(config)?, tasks)
}

/// Builds the use cases from these parts.
///
/// # Errors
/// [`BuildError`] when the client for the provider or the upstreams cannot be created.
pub fn flows(
    config: &Config,
    store: Arc<dyn SessionStore>,
    provider: ProviderSettings,
    keys: KeyRing,
    tasks: Tasks,
) -> Result<Flows, BuildError> {
    if !config.proxy.is_empty() && !cfg!(feature = "proxy") {
        return Err(BuildError::Unsupported {
            key: "proxy",
            what: "this build leaves it out; build with the feature `proxy` of the engine, or remove the [[proxy]] tables",
        });
    }
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let identity = provider.identity;
    Ok(Flows::new(Parts {
        provider: Arc::new(Provider::new(provider, Arc::clone(&clock))?),
        clock,
        store: SealedStore::new(store, keys.clone(), Arc::clone(&entropy)),
        entropy,
        keys,
        lifetimes: Lifetimes {
            idle: config.session.idle_ttl,
            absolute: config.session.absolute_ttl,
        },
        login: login_settings(config),
        upstreams: Upstreams::new(&config.proxy, config.provider.connect_timeout, identity)?,
        last_call: config.server.shutdown_grace / 4,
        event_streams: event_streams(config.limits.connections),
        refresh_wait: config.provider.total_timeout,
        tasks,
    }))
}

/// Returns the most event streams of this process: half of the connections, so that the other half serves requests.
fn event_streams(connections: u32) -> usize {
    const WITHOUT_LIMIT: u32 = 10_000;
    let most = match connections {
        0 => WITHOUT_LIMIT,
        connections => connections.div_ceil(2),
    };
    most as usize
}

fn login_settings(config: &Config) -> LoginSettings {
    let issuer = config.oauth.issuer.as_ref();
    let most = usize::try_from(config.session.max_per_user).ok();
    LoginSettings {
        pkce: config.oauth.pkce,
        issuer: issuer.map(|issuer| issuer.as_str().to_owned()),
        absolute_ttl: config.session.absolute_ttl,
        max_per_user: most.filter(|most| *most > 0),
    }
}

/// Opens the store given by `session.store`. The program can start before Redis or PostgreSQL, and is not ready until they answer. A PostgreSQL that
/// answers must not have the tables of a newer release.
pub async fn open_store(config: &Config) -> Result<Arc<dyn SessionStore>, BuildError> {
    match &config.session.store {
        StoreUrl::Sqlite { path } => Ok(Arc::new(SqliteStore::open(path)?)),
        StoreUrl::Memory => Ok(Arc::new(MemoryStore::default())),
        StoreUrl::Postgres(servers) => open_postgres(servers).await,
        redis => open_redis(redis),
    }
}

#[cfg(feature = "postgres")]
async fn open_postgres(servers: &PostgresServers) -> Result<Arc<dyn SessionStore>, BuildError> {
    let store = crate::store::PostgresStore::new(servers.clone(), Handle::current());
    match store.refusal().await {
        Some(reason) => Err(BuildError::SessionDatabase(reason)),
        None => Ok(Arc::new(store)),
    }
}

#[cfg(not(feature = "postgres"))]
async fn open_postgres(_: &PostgresServers) -> Result<Arc<dyn SessionStore>, BuildError> {
    Err(NO_POSTGRES)
}

#[cfg(feature = "redis")]
fn open_redis(url: &StoreUrl) -> Result<Arc<dyn SessionStore>, BuildError> {
    use crate::store::RedisStore;

    Ok(Arc::new(match url.clone() {
        StoreUrl::Redis(server) => RedisStore::on_server(server),
        StoreUrl::RedisSentinel { sentinels, master } => {
            RedisStore::behind_sentinels(sentinels, master)
        }
        StoreUrl::RedisCluster(nodes) => RedisStore::in_cluster(nodes),
        StoreUrl::Sqlite { .. } | StoreUrl::Memory | StoreUrl::Postgres(_) => {
            return Err(NO_REDIS);
        }
    }))
}

#[cfg(not(feature = "redis"))]
fn open_redis(_: &StoreUrl) -> Result<Arc<dyn SessionStore>, BuildError> {
    Err(NO_REDIS)
}

/// Returns the settings of the configured provider. Settings that are not configured get placeholders, which the sandbox replaces.
///
/// # Errors
/// [`BuildError`] when the app names no provider, or has a name that headers cannot carry.
pub fn provider_settings(app: &App, config: &Config) -> Result<ProviderSettings, BuildError> {
    let (client_id, client_secret) = config.oauth.credentials().map_or_else(
        || (String::new(), String::new().into()),
        |(id, secret)| (id.to_owned(), secret.clone()),
    );
    let nowhere = config.oauth.redirect_uri.url();
    let browser_base = config.oauth.auth_server.as_ref().unwrap_or(nowhere).clone();
    Ok(ProviderSettings {
        definition: app.provider_definition()?,
        identity: app.identity()?,
        client_id,
        client_secret,
        redirect_uri: config.oauth.redirect_uri.as_str().to_owned(),
        server_base: config
            .oauth
            .api_server
            .clone()
            .unwrap_or_else(|| browser_base.clone()),
        browser_base,
        scope: config.oauth.scope.clone(),
        auto_authorize: config.oauth.auto_authorize,
        client_auth: config.oauth.client_auth,
        paths: EndpointPaths {
            authorize: config.oauth.authorize_path.clone(),
            token: config.oauth.token_path.clone(),
            userinfo: config.oauth.userinfo_path.clone(),
            revocation: config.oauth.revocation_path.clone(),
        },
        userinfo_fields: config.oauth.userinfo_fields.clone(),
        connect_timeout: config.provider.connect_timeout,
        total_timeout: config.provider.total_timeout,
        refresh_timeout: config.provider.refresh_timeout,
    })
}
