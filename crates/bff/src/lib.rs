//! A confidential-client backend-for-frontend (BFF): it signs people in through AIHubMix's OAuth2
//! service, keeps every token on the server, and gives the browser one opaque cookie.
//!
//! The modules, in the order data flows. An arrow is an import and none runs back
//! (`tests/tidy.rs` reads the imports and fails on one that does):
//!
//! ```text
//! domain <- {audit, config} <- {store, provider <- upstream} <- flow <- http <- app <- main
//! ```
//!
//! - [`audit`]: the security events, told from everywhere.
//! - [`domain`], the crate `bff-core`: what a session, a login attempt and a token set are; pure, no I/O.
//! - [`config`]: the typed settings and where their values come from.
//! - [`store`]: where sessions live between requests.
//! - [`provider`]: the one client of the OAuth2 provider.
//! - [`upstream`]: the upstreams that calls are passed on to.
//! - [`flow`]: the use cases: login, session, refresh, account, logout, forward.
//! - [`http`]: routes, guard, pages.
//! - [`app`]: the only wiring; `main` and the tests start the same thing.
//!
//! The stand-in provider to develop and test against is a crate of its own, `oauth-sandbox`.

#![forbid(unsafe_code)]

pub mod app;
pub mod audit;
mod commands;
pub mod config;
pub use bff_core as domain;
pub mod flow;
pub mod http;
pub mod provider;
pub mod store;
pub mod telemetry;
pub mod upstream;

pub use commands::main;
