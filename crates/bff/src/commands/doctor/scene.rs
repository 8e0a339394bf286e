//! What the checks examine: the settings, the keys, the store, and which programs run.

use std::collections::BTreeMap;
use std::sync::Arc;

use url::Url;

use crate::app::{App, existing_keys, open_store, provider_settings};
use crate::commands::error::CliError;
use crate::commands::health::{Health, ask_in_time};
use crate::config::{Config, Sources, StoreUrl, admin_address};
use crate::domain::{Clock, KeyRing, SystemClock};
use crate::flow::Replica;
use crate::provider::{ProviderSettings, Visitor};
use crate::store::SessionStore;

use super::finding::{Check, Finding};

/// What the checks examine.
pub struct Scene<'a> {
    pub config: &'a Config,
    /// The name of the app.
    pub app: &'static str,
    /// The environment, for variables that are no settings of the program.
    pub environment: &'a BTreeMap<String, String>,
    /// `None` before the first start in development, and when they cannot be read.
    pub keys: Option<KeyRing>,
    /// `None` for a file that does not exist yet, for memory, and when it cannot be opened.
    pub store: Option<Arc<dyn SessionStore>>,
    pub provider: ProviderSettings,
    /// The provider is the sandbox of the program.
    pub is_sandbox: bool,
    /// `None` when the TLS set-up of this machine cannot be used.
    pub visitor: Option<Visitor>,
    /// A program of these settings runs on this machine.
    pub is_running: bool,
    /// What the running replicas say of themselves.
    pub replicas: Vec<Replica>,
}

impl<'a> Scene<'a> {
    /// Opens the keys and the store, and asks which programs run. Returns what it found on the way.
    ///
    /// # Errors
    /// [`CliError`] when the app itself is not complete.
    pub async fn set(
        app: &App,
        sources: &'a Sources,
        config: &'a Config,
    ) -> Result<(Self, Vec<Finding>), CliError> {
        let mut provider = provider_settings(app, config)?;
        let is_sandbox = config.sandbox.enabled && config.oauth.auth_server.is_none();
        let sandbox = format!("http://{}", config.sandbox.listen);
        if let Ok(base) = Url::parse(&sandbox)
            && is_sandbox
        {
            provider.browser_base = base.clone();
            provider.server_base = base;
        }
        let (keys, of_keys) = keys(config);
        let (store, of_store) = store(config).await;
        let is_running = match admin_address(sources) {
            Ok(address) => ask_in_time(address, "/healthz").await == Health::Good,
            Err(_) => false,
        };
        let scene = Self {
            config,
            app: app.name,
            environment: &sources.environment,
            keys,
            replicas: announced(store.as_deref()).await,
            store,
            visitor: Visitor::new(provider.identity, config.provider.connect_timeout).ok(),
            provider,
            is_sandbox,
            is_running,
        };
        Ok((scene, of_keys.into_iter().chain(of_store).collect()))
    }
}

fn keys(config: &Config) -> (Option<KeyRing>, Option<Finding>) {
    const CHECK: Check = Check::Keys;
    match existing_keys(config) {
        Ok(Some(keys)) => {
            let what = format!("{} can be read", count(keys.ids().len(), "key"));
            (Some(keys), Some(CHECK.good(what)))
        }
        Ok(None) => {
            let what = "no key exists yet; the first start makes one";
            (None, Some(CHECK.good(what)))
        }
        Err(error) => (None, Some(CHECK.error(&error))),
    }
}

/// Opens the store, if that makes no file.
async fn store(config: &Config) -> (Option<Arc<dyn SessionStore>>, Option<Finding>) {
    const CHECK: Check = Check::Store;
    match &config.session.store {
        StoreUrl::Memory => {
            let what = "sessions are in the memory of the program, and a restart ends them";
            let fix = "set session.store to sqlite:PATH to keep them";
            return (None, Some(CHECK.note(what, fix)));
        }
        StoreUrl::Sqlite { path } if !path.exists() => {
            let what = format!(
                "{} does not exist; the first start makes it",
                path.display()
            );
            return (None, Some(CHECK.good(what)));
        }
        _ => {}
    }
    match open_store(config).await {
        Ok(store) => (Some(store), None),
        Err(error) => (None, Some(CHECK.error(&error))),
    }
}

async fn announced(store: Option<&dyn SessionStore>) -> Vec<Replica> {
    let Some(store) = store else {
        return Vec::new();
    };
    let records = store.replicas(SystemClock.now()).await.unwrap_or_default();
    let read = |record: &String| serde_json::from_str(record).ok();
    records.iter().filter_map(read).collect()
}

/// Returns a number of things.
pub fn count(number: usize, thing: &str) -> String {
    match number {
        1 => format!("1 {thing}"),
        more => format!("{more} {thing}s"),
    }
}
