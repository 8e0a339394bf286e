//! The typed settings and the sources of their values.
//!
//! [`Config::load`] merges the defaults, the files and the environment ([`Sources`]), reads each section into its own struct with
//! serde, and returns either the whole tree or **every** fault it found. No fault, `Debug` output or printed configuration contains a secret. Only [`Sources::from_process`] reads
//! the process environment. `main` loads the configuration once, and `app` passes its parts on.
//!
//! To add a key, add a commented line to `crates/bff/config/default.toml` and a field to the section's struct. The start and the tests fail
//! with the name of what is missing, `docs/config.md` included. An app adds keys with its own defaults and `App::settings`.

mod address;
mod app_settings;
mod app_values;
mod definition;
mod dotenv;
pub mod duration;
mod effective;
mod fault;
mod field;
mod fields;
mod input;
mod key_setting;
pub mod keys;
mod known;
mod layers;
mod limits;
mod log;
mod oauth;
mod origin;
mod profile;
mod provider;
mod proxy;
mod raw;
mod read_error;
mod reader;
mod redis_servers;
mod sandbox;
mod secret;
mod server;
mod session;
mod small_file;
mod sources;
mod store_url;
mod ui;
mod variables;

use std::collections::BTreeMap;

use serde::Serialize;
use toml::Value;

pub use address::{ExactUrl, HostName};
pub use app_settings::AppSettings;
pub use app_values::{AppValues, MissingValue};
pub use fault::{Fault, Faults, Warning, Wrong};
pub use key_setting::{KeySetting, fingerprint};
pub use keys::{KeyBytes, SealingKeys};
pub use limits::Limits;
pub use log::{AuditTo, Log, LogFormat};
pub use oauth::{ClientAuth, Oauth};
pub use origin::Origin;
pub use profile::Profile;
pub use provider::Provider;
pub use proxy::{PathPattern, Proxy};
pub use sandbox::Sandbox;
pub use secret::Secret;
pub use server::Server;
pub use session::Session;
pub use sources::Sources;
pub use store_url::StoreUrl;
pub use ui::Ui;

use definition::Key;
use layers::Layers;
use reader::{Checked, Reader};

/// The complete, validated configuration.
#[derive(Debug, Clone, Serialize)]
pub struct Config {
    /// The profile that it was loaded for.
    #[serde(skip)]
    pub profile: Profile,
    /// Listen addresses and trusted proxies.
    pub server: Server,
    /// This program as an OAuth2 client.
    pub oauth: Oauth,
    /// Lifetime, store and sealing keys of sessions.
    pub session: Session,
    /// Limits for one client, for one session and for all clients together.
    pub limits: Limits,
    /// Timeouts and quota unit of the provider.
    pub provider: Provider,
    /// Title and language of the page.
    pub ui: Ui,
    /// Log and audit log.
    pub log: Log,
    /// The sandbox provider.
    pub sandbox: Sandbox,
    /// The upstreams of `/api/proxy/…`.
    pub proxy: Vec<Proxy>,
    /// The sections of the app, by their types.
    #[serde(skip)]
    pub app: AppValues,
    #[serde(skip)]
    keys: Vec<Key>,
    #[serde(skip)]
    origins: BTreeMap<String, Origin>,
    /// The values of the keys that the app defines, with masked secrets.
    #[serde(skip)]
    app_values: BTreeMap<String, Value>,
}

/// A valid configuration, and warnings for the operator.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The settings.
    pub config: Config,
    /// Settings that are valid but perhaps not intended.
    pub warnings: Vec<Warning>,
}

impl Config {
    /// Reads and validates every source.
    ///
    /// # Errors
    ///
    /// All faults that were found.
    pub fn load(sources: &Sources) -> Result<Loaded, Faults> {
        let mut faults = Vec::new();
        let profile = profile(sources).unwrap_or_else(|fault| {
            faults.push(fault);
            Profile::development()
        });
        let layers = Layers::collect(sources, &profile);
        let mut reader = Reader::new(layers, profile.clone());
        let config = Self::read(&mut reader, profile, &sources.app);
        faults.append(&mut reader.faults);
        match config {
            Ok(config) if faults.is_empty() => Ok(Loaded {
                config,
                warnings: reader.warnings,
            }),
            _ => Err(Faults(faults)),
        }
    }

    /// Returns the scheme, host and port that browsers use: the origin of `oauth.redirect_uri` (RFC 6454), without a
    /// slash at the end.
    #[must_use]
    pub fn public_origin(&self) -> String {
        self.oauth.redirect_uri.url().origin().ascii_serialization()
    }

    /// Returns true when the public origin is https. Cookies are then `Secure` and prefixed, and HSTS is sent.
    #[must_use]
    pub fn cookies_are_secure(&self) -> bool {
        self.oauth.redirect_uri.url().scheme() == "https"
    }

    /// Returns true when the address of a request identifies the client. Behind a TLS-terminating proxy that is not configured as trusted, every
    /// request has the proxy's address.
    #[must_use]
    pub fn addresses_are_clients(&self) -> bool {
        !self.cookies_are_secure() || !self.server.trusted_proxies.is_empty()
    }

    fn read(reader: &mut Reader, profile: Profile, app: &AppSettings) -> Checked<Self> {
        let server = Server::read(reader)?;
        let sandbox = Sandbox::read(reader, Oauth::is_untouched(reader), &server)?;
        let config = Self {
            profile,
            oauth: Oauth::read(reader, &sandbox)?,
            session: Session::read(reader)?,
            limits: reader.section("limits")?,
            provider: Provider::read(reader, &server)?,
            ui: reader.section("ui")?,
            log: Log::read(reader)?,
            server,
            sandbox,
            proxy: Proxy::read_all(reader),
            app: app.read(reader),
            keys: reader.keys.clone(),
            origins: reader.origins(),
            app_values: reader.app_values(),
        };
        if config.limits.look_at_addresses() && !config.addresses_are_clients() {
            reader.warn(
                "server.trusted_proxies",
                "is empty although the public origin is https: all users come from the proxy's one address, so nothing is limited by client",
            );
        }
        Ok(config)
    }
}

/// Reads the profile. Only the real environment can name it, because it is needed before any file is read.
fn profile(sources: &Sources) -> Result<Profile, Fault> {
    let name = known::PROFILE_VARIABLE;
    match sources.environment.get(name).map(|text| text.trim()) {
        None | Some("") => Ok(Profile::development()),
        Some(text) => Profile::parse(text)
            .map_err(|wrong| Fault::new(name, Origin::Variable(name.to_owned()), wrong)),
    }
}

#[cfg(test)]
mod tests;
