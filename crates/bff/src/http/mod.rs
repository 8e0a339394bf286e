//! The HTTP side: the routes, the layers around them, and the handlers.
//!
//! `routes.rs` is the table of routes. `middleware/mod.rs` lists the layers that a request passes. Then one handler extracts its input, calls one
//! function of `flow`, and renders the response. No module here imports from this file.

mod api;
mod api_error;
mod app_data;
mod auth;
mod blocking;
mod body;
mod client;
mod content_sources;
mod context;
mod cookies;
mod csp_report;
mod csp_reports;
mod devices;
mod draining;
mod events;
mod fields;
mod home;
mod limits;
mod middleware;
mod moment;
mod ops;
mod outcome;
mod own_sessions;
mod page;
pub mod pages;
mod paths;
mod probe;
mod problems;
mod provider_api;
#[cfg_attr(not(feature = "proxy"), path = "proxy/off.rs")]
mod proxy;
mod query;
mod reader;
mod routes;
mod routing;
mod session;
mod state;
#[cfg(test)]
mod tests;

pub use api_error::ApiError;
pub use app_data::AppData;
pub use blocking::blocking;
pub use client::{Forwarded, is_trusted_proxy};
pub use content_sources::ContentSources;
pub use cookies::RequestCookies;
pub use csp_reports::CspReports;
pub use draining::Draining;
pub use home::HomePage;
pub use limits::Limits;
pub use middleware::with_middleware;
pub use ops::configure_admin;
pub use page::{NotShown, Page, RequireSignIn, see_other};
pub use pages::{Files, PageError, PageSample, PageSettings, Pages, Tone};
pub use provider_api::ProviderApi;
pub use routes::configure;
pub use routing::{Resource, resource};
pub use session::{Current, CurrentSession, SignedIn};
pub use state::{AppState, Routes};
