//! Closes the connection of a request after the response.

use actix_web::body::BoxBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::{ConnectionType, Method};
use actix_web::middleware::Next;
use actix_web::web::Data;

use super::map_response::map_response;
use crate::http::state::AppState;

/// Closes the connection during a graceful shutdown, and after a client asked to switch protocols, because the bytes after such a request cannot be
/// read as another request.
pub async fn close_connection(
    state: Data<AppState>,
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let asks_for_upgrade = request.head().upgrade() || request.method() == Method::CONNECT;
    let outcome = next.call(request).await;
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
