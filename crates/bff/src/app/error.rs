//! [`BuildError`]: why the program does not start.

use std::net::SocketAddr;

use super::key_file::KeyFileError;

/// Why the program does not start. `Display` prints one line for the operator and shows no secret.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// An address is in use or does not belong to this machine.
    #[error(
        "{key}: cannot listen on {address}: {source}; stop the program that listens there, or set another address"
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
    KeyFile(#[from] KeyFileError),
    /// The session file cannot be used.
    #[error("session.store: {0}")]
    SessionFile(#[from] crate::store::OpenFileError),
    /// The session database cannot be used.
    #[error("session.store: {0}")]
    SessionDatabase(String),
    /// The client of the provider cannot be created.
    #[error("oauth: {0}")]
    Provider(#[from] crate::provider::SettingsError),
    /// A template or a translation file is invalid.
    #[error("{0}")]
    Pages(#[from] crate::http::PageError),
    /// With the overlay, pages cannot be rendered.
    #[error(
        "ui.overlay: {first}; correct the file or remove it (`templates check` names all {all} faults)"
    )]
    Overlay {
        /// The first fault.
        first: String,
        /// The number of faults.
        all: usize,
    },
    /// The app adds a source that is not valid in a Content-Security-Policy.
    #[error(
        "App::csp: invalid source {0:?}; write a scheme or an origin, such as https://cdn.example.com"
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
    /// The app names no provider.
    #[error("App::provider: missing; name the provider, such as aihubmix::provider")]
    NoProvider,
    /// Headers cannot carry the name of the app.
    #[error("App::new: invalid name; use letters, digits, `-`, `_` and `.` only")]
    AppName,
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

impl BuildError {
    /// Returns the error of a listener. `key` names its address.
    pub(super) const fn listen(
        key: &'static str,
        address: SocketAddr,
        source: std::io::Error,
    ) -> Self {
        Self::Listen {
            key,
            address,
            source,
        }
    }
}
