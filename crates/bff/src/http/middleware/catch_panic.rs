//! Turns the failure of a handler or of the framework into an [`ApiError`]. The text of the failure never reaches the client.

use std::panic::AssertUnwindSafe;

use actix_web::dev::ServiceRequest;
use futures_util::FutureExt as _;

use crate::domain::ErrorCode;
use crate::http::api_error::ApiError;
use crate::http::outcome::{Next, Outcome};
use crate::http::paths;
use crate::http::state::AppState;

/// Catches panics, and converts errors of the layers inside into [`ApiError`].
pub async fn catch_panic(_: &AppState, request: ServiceRequest, next: impl Next) -> Outcome {
    match AssertUnwindSafe(next(request)).catch_unwind().await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(error)) => {
            let error = match error.as_error::<ApiError>() {
                Some(error) => error.clone(),
                None => ApiError::from_status(error.as_response_error().status_code()),
            };
            let code = error.code();
            tracing::warn!(
                event = "request_failed",
                error = code,
                help = paths::of_problem(code),
                "a request failed outside its handler"
            );
            Err(error.into())
        }
        // The panic hook has already logged the location.
        Err(_) => Err(ApiError::from(ErrorCode::InternalError).into()),
    }
}
