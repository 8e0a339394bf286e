//! Closes the connection of a request after the response.

use actix_web::dev::ServiceRequest;
use actix_web::http::{ConnectionType, Method};

use super::map_response::map_response;
use crate::http::outcome::{Next, Outcome};
use crate::http::state::AppState;

/// Closes the connection during a graceful shutdown, and after a client asked to switch protocols, because the bytes after such a request cannot be
/// read as another request.
pub async fn close_connection(
    state: &AppState,
    request: ServiceRequest,
    next: impl Next,
) -> Outcome {
    let asks_for_upgrade = request.head().upgrade() || request.method() == Method::CONNECT;
    let outcome = next(request).await;
    if !asks_for_upgrade && !state.draining.has_begun() {
        return outcome;
    }
    map_response(outcome, |mut response| {
        response
            .head_mut()
            .set_connection_type(ConnectionType::Close);
        response
    })
}
