//! Answers 413 to a request that announces a body over the limit of its route.

use actix_web::dev::ServiceRequest;
use actix_web::http::header::CONTENT_LENGTH;

use crate::domain::ErrorCode;
use crate::http::api_error::ApiError;
use crate::http::body::BODY_LIMIT;
use crate::http::outcome::{Next, Outcome};
use crate::http::proxy;
use crate::http::state::AppState;

/// Compares `Content-Length` with the limit. A body without this header is measured while it is read.
pub async fn body_limit(state: &AppState, request: ServiceRequest, next: impl Next) -> Outcome {
    let length = request.headers().get(CONTENT_LENGTH);
    let length: u64 = length
        .and_then(|length| length.to_str().ok()?.parse().ok())
        .unwrap_or_default();
    let limit = proxy::body_limit(state, request.path()).unwrap_or(BODY_LIMIT as u64);
    if length > limit {
        return Ok(request.error_response(ApiError::from(ErrorCode::PayloadTooLarge)));
    }
    next(request).await
}
