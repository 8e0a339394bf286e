//! A confidential-client backend-for-frontend (BFF): it signs people in through AIHubMix's OAuth2
//! service, keeps every token on the server, and gives the browser one opaque cookie.
//!
//! The modules, in the order data flows. An arrow is an import and none runs back
//! (`tests/tidy.rs` reads the imports and fails on one that does):
//!
//! ```text
//! {domain, audit} <- store <- config <- provider <- upstream <- flow <- http <- app <- commands
//! ```
//!
//! - [`domain`] is the crate `bff-core`: session, tokens, login attempt, secrets, sealing; no I/O. [`audit`] is its list of security events.
//! - [`store`] is the crate `bff-store`: memory, SQLite, Redis.
//! - [`config`]: the typed settings and where their values come from.
//! - [`provider`]: the one client of the OAuth2 provider.
//! - [`upstream`]: the upstreams that calls are passed on to.
//! - [`flow`]: the use cases: login, session, refresh, account, logout, forward.
//! - [`http`]: routes, guard, pages.
//! - [`app`]: the only wiring; `main` and the tests start the same thing.
//!
//! The stand-in provider to develop and test against is a crate of its own, `oauth-sandbox`.

#![forbid(unsafe_code)]

pub mod app;
mod commands;
pub mod config;
pub mod flow;
pub mod http;
pub mod provider;
pub mod telemetry;
pub mod upstream;

pub use app::App;
pub use bff_core::{self as domain, audit};
pub use bff_store as store;
pub use commands::run;
pub use http::{
    ApiError, Current, CurrentSession, Page, RequestCookies, RequireSignIn, Resource, SignedIn,
    resource,
};
