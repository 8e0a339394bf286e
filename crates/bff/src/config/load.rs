//! [`Config`]: the complete configuration, read from all sources.

use std::collections::BTreeMap;

use serde::Serialize;
use toml::Value;

use super::app_settings::AppSettings;
use super::app_values::AppValues;
use super::definition::{Key, PROFILE_VARIABLE};
use super::fault::{Fault, Faults, Origin, Warning};
use super::limits::Limits;
use super::log::Log;
use super::oauth::Oauth;
use super::profile::Profile;
use super::provider::Provider;
use super::proxy::Proxy;
use super::reader::Reader;
use super::sandbox::Sandbox;
use super::server::Server;
use super::session::Session;
use super::sources::Sources;
use super::ui::Ui;

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
    pub(super) keys: Vec<Key>,
    #[serde(skip)]
    pub(super) origins: BTreeMap<String, Origin>,
    /// The values of the keys that the app defines, with masked secrets.
    #[serde(skip)]
    pub(super) app_values: BTreeMap<String, Value>,
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
        let mut reader = Reader::collect(sources, &profile);
        let config = Self::read(&mut reader, profile, &sources.app);
        faults.append(&mut reader.faults);
        match config {
            Some(config) if faults.is_empty() => Ok(Loaded {
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

    fn read(reader: &mut Reader, profile: Profile, app: &AppSettings) -> Option<Self> {
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
            keys: reader.keys.list.clone(),
            origins: reader.origins(),
            app_values: reader.app_values(),
        };
        if config.limits.look_at_addresses() && !config.addresses_are_clients() {
            let what = "is empty although the public origin is https: all users come from the proxy's one address, so nothing is limited by client";
            reader.warn("server.trusted_proxies", what);
        }
        Some(config)
    }
}

/// Reads the profile. Only the real environment can name it, because it is needed before any file is read.
pub(super) fn profile(sources: &Sources) -> Result<Profile, Fault> {
    let name = PROFILE_VARIABLE;
    match sources.environment.get(name).map(|text| text.trim()) {
        None | Some("") => Ok(Profile::development()),
        Some(text) => Profile::parse(text).map_err(|wrong| Fault {
            key: name.to_owned(),
            wrong,
            origin: Origin::Variable(name.to_owned()),
        }),
    }
}
