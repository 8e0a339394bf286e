//! Builds the running program from a configuration. `main` and the tests start the same program.

mod core_dumps;
mod definition;
mod error;
mod key_file;
mod keys;
mod listener;
mod open_files;
mod parts;
mod program;
mod proxy_connections;
mod replicas;
#[cfg(feature = "sandbox")]
mod sandbox;
#[cfg(not(feature = "sandbox"))]
#[path = "no_sandbox.rs"]
mod sandbox;
mod servers;
mod shutdown;

pub use core_dumps::forbid as forbid_core_dumps;
pub use definition::App;
pub use error::BuildError;
pub use keys::existing_keys;
pub use open_files::{allow as allow_open_files, wanted as wanted_open_files};
pub use parts::{flows_beside, open_store, provider_settings};
pub use program::{Addresses, Program, app_state};
