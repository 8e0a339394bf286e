//! The typed settings and the sources of their values.
//!
//! [`Config::load`] merges the defaults, the files and the environment ([`Sources`]), reads each section into its own struct with
//! serde, and returns either the whole tree or **every** fault it found. No fault, `Debug` output or printed configuration contains a secret. Only [`Sources::from_process`] reads
//! the process environment. `main` loads the configuration once, and `app` passes its parts on.
//!
//! To add a key, add a commented line to `crates/bff/config/default.toml` and a field to the section's struct. The start and the tests fail
//! with the name of what is missing, `docs/config.md` included. An app adds keys with its own defaults and `App::settings`.

mod address;
mod admin_address;
mod app_settings;
mod app_values;
mod definition;
mod dotenv;
pub mod duration;
mod effective;
mod fault;
mod field;
mod fields;
mod key_setting;
mod keys;
mod layers;
mod limits;
mod load;
mod log;
mod message;
mod oauth;
mod profile;
mod provider;
mod proxy;
mod reader;
mod sandbox;
mod schema;
mod secret;
mod server;
mod session;
mod small_file;
mod sources;
mod store_url;
mod ui;
mod variables;

pub use address::{ExactUrl, HostName};
pub use admin_address::admin_address;
pub use app_settings::AppSettings;
pub use app_values::{AppValues, MissingValue};
pub use fault::{Fault, Faults, Origin, Warning, Wrong};
pub use key_setting::{KeySetting, fingerprint};
pub use keys::{KeyBytes, SealingKeys};
pub use limits::Limits;
pub use load::{Config, Loaded};
pub use log::{AuditTo, Log, LogFormat};
pub use oauth::{ClientAuth, Oauth};
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

#[cfg(test)]
mod tests;
