//! A confidential-client backend-for-frontend (BFF): it signs users in through an OAuth2
//! provider, keeps every token on the server, and gives the browser one opaque cookie.
//!
//! The modules, in the order of imports: a module may import only modules to its left.
//! `tests/tidy.rs` reads the imports and fails on any other:
//!
//! ```text
//! {domain, audit} <- store <- config <- provider <- upstream <- flow <- http <- app <- commands
//! ```
//!
//! - [`domain`] is the crate `bff-core`: session, tokens, login attempt, secrets, sealing. It does no I/O.
//! - [`audit`] is the list of security events in `bff-core`.
//! - [`store`] is the crate `bff-store`: memory, SQLite, Redis, PostgreSQL.
//! - [`config`]: the typed settings and the sources of their values.
//! - [`provider`]: the only client of the OAuth2 provider.
//! - [`upstream`]: the client of the upstreams that browser calls are forwarded to.
//! - [`flow`]: the use cases: login, session, refresh, calls to the provider's API, logout, forward.
//! - [`http`]: routes, middleware, handlers, pages.
//! - [`app`]: builds the program from its parts. `main` and the tests start the same program.
//!
//! The sandbox provider for development and tests is a separate crate, `oauth-sandbox`.

#![forbid(unsafe_code)]

pub mod app;
mod commands;
pub mod config;
pub mod flow;
pub mod http;
pub mod provider;
pub mod telemetry;
#[cfg_attr(not(feature = "proxy"), path = "upstream/off.rs")]
pub mod upstream;

pub use app::App;
pub use bff_core::provider::{Json, Scalar};
pub use bff_core::{self as domain, audit};
pub use bff_store as store;
pub use bff_store::{PrivateFileError, private_file};
pub use commands::run;
pub use config::{AppValues, Secret};
pub use flow::KnownUserInfo;
pub use http::{
    ApiError, AppData, Current, CurrentSession, Files, HomePage, Page, PageSample, ProviderApi,
    RequestCookies, RequireSignIn, Resource, SignedIn, Tone, blocking, resource, see_other,
};
#[doc(hidden)]
pub use rust_embed;
