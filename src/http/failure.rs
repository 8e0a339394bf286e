//! An error on its way out: a row of the error table. How it looks (problem+json or a page) is decided once, in the envelope.

use actix_web::error::JsonPayloadError;
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};

use crate::domain::ErrorCode;
use crate::flow::FlowError;

/// What a handler answers instead of what it was asked for.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The row of the table.
    pub code: ErrorCode,
    allow: Option<String>,
}

impl Failure {
    /// 405, with the methods that there are.
    pub const fn method_not_allowed(allow: String) -> Self {
        Self { code: ErrorCode::MethodNotAllowed, allow: Some(allow) }
    }

    /// A body that cannot be read as JSON, or is too long.
    pub fn of_body(error: &JsonPayloadError) -> Self {
        match error {
            JsonPayloadError::Overflow { .. } | JsonPayloadError::OverflowKnownLength { .. } => {
                ErrorCode::PayloadTooLarge.into()
            }
            _ => ErrorCode::BadRequest.into(),
        }
    }

    /// The row that a bare status stands for, where a part of the framework answered before a handler could.
    pub fn of_status(status: StatusCode) -> Self {
        match status.as_u16() {
            401 => ErrorCode::NotAuthenticated,
            403 => ErrorCode::Forbidden,
            404 => ErrorCode::NotFound,
            405 => ErrorCode::MethodNotAllowed,
            413 => ErrorCode::PayloadTooLarge,
            429 => ErrorCode::RateLimited,
            400..=499 => ErrorCode::BadRequest,
            _ => ErrorCode::InternalError,
        }
        .into()
    }
}

impl From<ErrorCode> for Failure {
    fn from(code: ErrorCode) -> Self {
        Self { code, allow: None }
    }
}

impl From<FlowError> for Failure {
    fn from(error: FlowError) -> Self {
        let code = error.code();
        if code.status() >= 500 {
            tracing::warn!(event = "request_failed", error = code.code(), cause = %error, "a request failed");
        }
        code.into()
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.code.code())
    }
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// An empty answer that carries the failure to the envelope.
    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponseBuilder::new(self.status_code());
        if let Some(allow) = self.allow.as_deref().and_then(|allow| HeaderValue::from_str(allow).ok()) {
            response.insert_header((ALLOW, allow));
        }
        let mut response = response.finish();
        response.extensions_mut().insert(self.clone());
        response
    }
}
