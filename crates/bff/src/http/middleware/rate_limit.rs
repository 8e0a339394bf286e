//! Answers 429 to a request over a rate limit, before any expensive work. See docs/adr/0014-rate-limits-and-shares.md.

use actix_web::dev::ServiceRequest;
use actix_web::web::Data;

use super::csrf;
use crate::http::api_error::ApiError;
use crate::http::client::Forwarded;
use crate::http::context::routed_path;
use crate::http::cookies::RequestCookies;
use crate::http::limits::{Limits, Refusal};
use crate::http::outcome::{Next, Outcome};
use crate::http::state::AppState;

/// Counts a request, and answers 429 when it exceeds a rate limit. A client that is over its limit gets the answer after a pause if the connection
/// is its own.
pub async fn rate_limit(state: &AppState, request: ServiceRequest, next: impl Next) -> Outcome {
    if let Err(refusal) = check(&request, state) {
        tokio::time::sleep(refusal.pause()).await;
        return Ok(request.error_response(ApiError::rate_limited(refusal.seconds())));
    }
    next(request).await
}

fn check(request: &ServiceRequest, state: &AppState) -> Result<(), Refusal> {
    // The operator's listener has no limits, so it registers no `Limits`.
    let Some(limits) = request.app_data::<Data<Limits>>() else {
        return Ok(());
    };
    let peer = request.peer_addr().map(|peer| peer.ip());
    let client = limits.client(peer, Forwarded::from_http(request.request()).client);
    limits.check(
        client.as_ref(),
        routed_path(request.request()),
        csrf::is_allowed(request, state),
        &RequestCookies::from_http(request.request()),
    )
}
