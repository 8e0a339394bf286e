//! The typed settings and where their values come from.
//!
//! [`Config::load`] lays `config/default.toml`, the profile's file and the environment over one another
//! ([`Sources`]), reads each section into its own struct, and returns either the whole tree or **every**
//! fault it found. No fault, `Debug` or print-out holds a secret, and nothing here looks at the process except
//! [`Sources::from_process`]. `main` loads it once; `app` hands the parts on.
//!
//! To add a key: a commented line in `config/default.toml`, a field in the section's struct, a line in its
//! `read`. The tests say what is missing, `docs/config.md` included.

mod address;
mod definition;
mod dotenv;
mod duration;
mod effective;
mod fault;
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
mod reader;
mod redis_servers;
mod sandbox;
mod server;
mod session;
mod show;
mod small_file;
mod sources;
mod store_url;
mod topup;
mod ui;
mod variables;

use std::collections::BTreeMap;

use serde::Serialize;

pub use address::ExactUrl;
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
pub use server::Server;
pub use session::Session;
pub use sources::Sources;
pub use store_url::StoreUrl;
pub use topup::Topup;
pub use ui::Ui;

use layers::Layers;
use reader::{Checked, Reader};

/// Everything that can be set, checked as a whole.
#[derive(Debug, Clone, Serialize)]
pub struct Config {
    /// The profile it was loaded for.
    #[serde(skip)]
    pub profile: Profile,
    /// Addresses and trust.
    pub server: Server,
    /// This program as an OAuth2 client.
    pub oauth: Oauth,
    /// Life, place and sealing of sessions.
    pub session: Session,
    /// What one client, one session and all together may ask for.
    pub limits: Limits,
    /// Time limits and unit of the provider.
    pub provider: Provider,
    /// Where a top-up link may lead.
    pub topup: Topup,
    /// Title and language of the page.
    pub ui: Ui,
    /// What is logged.
    pub log: Log,
    /// The stand-in provider.
    pub sandbox: Sandbox,
    /// Upstreams of `/api/proxy/…`.
    pub proxy: Vec<Proxy>,
    #[serde(skip)]
    origins: BTreeMap<String, Origin>,
}

/// A configuration that can run, and what its operator should know.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The settings.
    pub config: Config,
    /// Lawful, but perhaps not meant.
    pub warnings: Vec<Warning>,
}

impl Config {
    /// Reads and checks every source.
    ///
    /// # Errors
    ///
    /// All faults at once.
    pub fn load(sources: &Sources) -> Result<Loaded, Faults> {
        let mut faults = Vec::new();
        let profile = profile(sources).unwrap_or_else(|fault| {
            faults.push(fault);
            Profile::development()
        });
        let layers = Layers::collect(sources, &profile);
        let mut reader = Reader::new(layers, profile.clone(), sources.directory.clone());
        let config = Self::read(&mut reader, profile);
        faults.append(&mut reader.faults);
        match config {
            Ok(config) if faults.is_empty() => Ok(Loaded {
                config,
                warnings: reader.warnings,
            }),
            _ => Err(Faults(faults)),
        }
    }

    /// Scheme, host and port that browsers see: the origin of `oauth.redirect_uri` (RFC 6454), without a
    /// slash at the end.
    #[must_use]
    pub fn public_origin(&self) -> String {
        self.oauth.redirect_uri.url().origin().ascii_serialization()
    }

    /// True when the public origin is https: cookies are `Secure` and prefixed, HSTS is sent.
    #[must_use]
    pub fn cookies_are_secure(&self) -> bool {
        self.oauth.redirect_uri.url().scheme() == "https"
    }

    /// Whether the address that a request comes from can tell one client from another. Behind a proxy that ends TLS and is not named, it is the
    /// proxy's for all of them.
    #[must_use]
    pub fn addresses_are_clients(&self) -> bool {
        !self.cookies_are_secure() || !self.server.trusted_proxies.is_empty()
    }

    fn read(reader: &mut Reader, profile: Profile) -> Checked<Self> {
        let server = Server::read(reader);
        let sandbox = Sandbox::read(reader, Oauth::is_untouched(reader), server.as_ref().ok());
        let is_sandbox_on = sandbox.as_ref().map(|sandbox| sandbox.enabled);
        let oauth = Oauth::read(reader, is_sandbox_on.map_err(|reported| *reported));
        let session = Session::read(reader);
        let limits = Limits::read(reader);
        let provider = Provider::read(reader, server.as_ref().ok());
        let topup = Topup::read(reader);
        let ui = Ui::read(reader);
        let log = Log::read(reader);
        let proxy = Proxy::read_all(reader);
        let config = Self {
            profile,
            server: server?,
            oauth: oauth?,
            session: session?,
            limits: limits?,
            provider: provider?,
            topup: topup?,
            ui: ui?,
            log: log?,
            sandbox: sandbox?,
            proxy: proxy?,
            origins: reader.origins(),
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

/// The profile is decided before any file is read, so only the real environment can name it.
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
