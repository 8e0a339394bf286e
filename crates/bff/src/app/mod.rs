//! Builds the running program from a configuration. `main` and the tests start the same program.

mod client_secret;
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
#[cfg(feature = "sandbox")]
mod sandbox;
#[cfg(not(feature = "sandbox"))]
#[path = "no_sandbox.rs"]
mod sandbox;
mod servers;
mod shutdown;
mod watched_file;

pub use core_dumps::forbid as forbid_core_dumps;
pub use definition::App;
pub use error::BuildError;
pub use open_files::allow as allow_open_files;
pub use parts::flows_beside;
pub use program::{Addresses, Program, app_state};
