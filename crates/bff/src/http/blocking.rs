//! [`blocking`]: runs work that blocks its thread, such as a query of SQLite.

use std::fmt::Display;

use actix_web::web;

use super::api_error::ApiError;

/// Runs `work` on a thread for blocking work, so that the other requests of this worker do not wait for it.
///
/// # Errors
/// Returns `internal_error` (500) and logs the cause when `work` fails. The message of its error must not contain a secret.
pub async fn blocking<T, E>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, ApiError>
where
    T: Send + 'static,
    E: Display + Send + 'static,
{
    match web::block(work).await {
        Ok(outcome) => outcome.map_err(|error| ApiError::internal_error(&error)),
        Err(error) => Err(ApiError::internal_error(&error)),
    }
}
