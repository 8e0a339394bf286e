//! Writes one log line for a request. The metrics of requests are counted from these lines.

use std::time::Duration;

use actix_web::ResponseError as _;
use actix_web::dev::ServiceRequest;
use actix_web::http::{Method, StatusCode};
use tokio::time::Instant;

use super::error_pages::error_of;
use crate::http::context::RequestContext;
use crate::http::outcome::{Next, Outcome};
use crate::http::state::AppState;

/// Logs the method, the route, the status that is sent, and the time until the response began. Notes the route for the layers outside.
pub async fn access_log(_: &AppState, request: ServiceRequest, next: impl Next) -> Outcome {
    let begun = Instant::now();
    let method = request.method().clone();
    let outcome = next(request).await;
    let took = begun.elapsed();
    match &outcome {
        Ok(answer) => {
            let status = match error_of(answer.response()) {
                Some(error) => error.status_code(),
                None => answer.status(),
            };
            let route = answer.request().match_pattern();
            log(&method, route.as_deref(), status, took);
            if let Some(route) = route {
                RequestContext::from_http(answer.request()).note_route(route);
            }
        }
        Err(error) => log(&method, None, error.as_response_error().status_code(), took),
    }
    outcome
}

/// The line holds the route's pattern, never the path or the query.
fn log(method: &Method, route: Option<&str>, status: StatusCode, took: Duration) {
    let route = route.unwrap_or("(none)");
    // Whole microseconds, so that the number is short.
    let millis = (took.as_secs_f64() * 1_000_000.0).round() / 1_000.0;
    let status = status.as_u16();
    if ["/healthz", "/readyz", "/metrics"].contains(&route) {
        tracing::debug!(event = "request", %method, route, status, millis, "answered");
    } else {
        tracing::info!(event = "request", %method, route, status, millis, "answered");
    }
}
