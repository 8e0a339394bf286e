//! Answers plain http requests when the public origin is https.

use actix_web::dev::ServiceRequest;
use actix_web::http::Method;
use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, ResponseError as _};

use crate::domain::{ClosedPaths, ErrorCode};
use crate::http::api_error::ApiError;
use crate::http::client::Forwarded;
use crate::http::context::routed_path;
use crate::http::outcome::{Next, Outcome};
use crate::http::pages::LocalTarget;
use crate::http::paths;
use crate::http::state::AppState;

/// Redirects pages to https (308). Refuses everything else (400), because its content was already readable on the network (RFC 9110 §15.4.9, ASVS
/// 4.1.2).
pub async fn https(state: &AppState, request: ServiceRequest, next: impl Next) -> Outcome {
    let is_plain = state.is_https() && Forwarded::from_http(request.request()).is_plain;
    if is_plain && !paths::is_public(routed_path(request.request())) {
        let response = to_https(&request, state);
        return Ok(request.into_response(response));
    }
    next(request).await
}

fn to_https(request: &ServiceRequest, state: &AppState) -> HttpResponse {
    let path = routed_path(request.request());
    let is_page = request.method() == Method::GET
        && !ClosedPaths::NOT_PAGES
            .iter()
            .any(|prefix| path.starts_with(prefix));
    let target = request
        .uri()
        .path_and_query()
        .and_then(|path| LocalTarget::new(path.as_str()));
    match target.and_then(|target| state.public_origin.join(target.as_str()).ok()) {
        Some(target) if is_page => HttpResponse::PermanentRedirect()
            .insert_header((LOCATION, target.as_str()))
            .finish(),
        _ => ApiError::from(ErrorCode::BadRequest).error_response(),
    }
}
