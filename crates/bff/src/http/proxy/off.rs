//! The module `http::proxy` of a build without the feature `proxy`: no call is forwarded.

use actix_web::web::{Data, ServiceConfig};

use crate::http::state::AppState;

/// Content-Security-Policy of an upstream's response. No response carries it.
pub const POLICY: &str = "default-src 'none'";

/// Marks a response that came from an upstream. No response carries it.
#[derive(Clone, Copy)]
pub enum FromUpstream {}

/// Registers no route.
pub const fn configure(_: &mut ServiceConfig, _: &Data<AppState>) {}

/// Returns `None`, because no path is one of an upstream.
pub const fn body_limit(_: &AppState, _: &str) -> Option<u64> {
    None
}
