//! [`ApiError`]: the error that a handler returns instead of a response.

use std::sync::Arc;

use actix_web::error::JsonPayloadError;
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};

use super::paths;
use crate::domain::{EndCause, ErrorCode, LoginError};
use crate::flow::FlowError;
use crate::provider::ProviderError;

/// An error response: a row of the engine's error table, or an error of an app. A handler returns it. The layer `error_pages` renders it once, as
/// problem+json (RFC 9457) or as a page.
#[derive(Clone, Debug)]
pub struct ApiError {
    status: StatusCode,
    code: &'static str,
    title: &'static str,
    /// Seconds after which the client may try again.
    retry_after: Option<u32>,
    /// Why the session of this request ended, if it had one.
    cause: Option<EndCause>,
    allow: Option<String>,
    /// The status with which the provider refused a call of its API.
    provider_status: Option<u16>,
    arguments: Vec<(&'static str, String)>,
    /// The fault of a template, for its author.
    fault: Option<Arc<str>>,
    /// The row whose sentences the page shows when the words have none for this code.
    row: ErrorCode,
}

impl ApiError {
    /// Returns an error of an app. `code` is the stable `error` member. `title` is a constant English sentence without a full stop (RFC 9457
    /// §3.1.3).
    ///
    /// A page shows the words `problem-CODE` and `problem-CODE.hint`. In a language without them it shows the sentences of the status. A status that
    /// is not an error counts as 500.
    #[must_use]
    pub fn new(status: u16, code: &'static str, title: &'static str) -> Self {
        let status = StatusCode::from_u16(status)
            .ok()
            .filter(|status| status.is_client_error() || status.is_server_error())
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let row = row_of(status);
        Self {
            status,
            code,
            title,
            retry_after: row.retry_after(),
            cause: None,
            allow: None,
            provider_status: None,
            arguments: Vec::new(),
            fault: None,
            row,
        }
    }

    /// Returns `provider_error` (502), and logs why the response of the provider is unusable. `why` must not contain text of the provider.
    #[must_use]
    pub fn provider_error(why: &dyn std::fmt::Display) -> Self {
        let row = ErrorCode::ProviderError;
        tracing::warn!(event = "request_failed", error = row.code(), cause = %why, help = paths::of_problem(row.code()), "a request failed");
        row.into()
    }

    /// Returns `internal_error` (500), and logs the cause, such as the error of a database. `why` must not contain a secret.
    #[must_use]
    pub fn internal_error(why: &dyn std::fmt::Display) -> Self {
        let row = ErrorCode::InternalError;
        tracing::error!(event = "request_failed", error = row.code(), cause = %why, help = paths::of_problem(row.code()), "a request failed");
        row.into()
    }

    /// Returns `forbidden` (403): the provider says that the account may not do this.
    #[must_use]
    pub fn forbidden() -> Self {
        ErrorCode::Forbidden.into()
    }

    /// Returns `store_unavailable` (503) with `Retry-After`: it is unknown whether the browser is signed in.
    #[must_use]
    pub fn store_unavailable() -> Self {
        ErrorCode::StoreUnavailable.into()
    }

    /// Adds an argument for the sentence on the page: `{ $name }` in the words.
    #[must_use]
    pub fn with_argument(mut self, name: &'static str, value: impl std::fmt::Display) -> Self {
        self.arguments.push((name, value.to_string()));
        self
    }

    /// Sets `Retry-After`, in seconds.
    #[must_use]
    pub const fn with_retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// Returns a 405 with the allowed methods.
    pub(crate) fn method_not_allowed(allow: String) -> Self {
        Self {
            allow: Some(allow),
            ..ErrorCode::MethodNotAllowed.into()
        }
    }

    /// Returns a 429. The client may try again after so many seconds.
    pub(crate) fn rate_limited(seconds: u32) -> Self {
        Self::from(ErrorCode::RateLimited).with_retry_after(seconds)
    }

    /// Returns the error for a body that is not valid JSON (400) or too long (413).
    pub(crate) fn from_body_error(error: &JsonPayloadError) -> Self {
        match error {
            JsonPayloadError::Overflow { .. } | JsonPayloadError::OverflowKnownLength { .. } => {
                ErrorCode::PayloadTooLarge.into()
            }
            _ => ErrorCode::BadRequest.into(),
        }
    }

    /// Returns the error of a failed login, with the callback's own code.
    pub(crate) fn from_login_error(error: LoginError) -> Self {
        Self {
            retry_after: (error.status() == 503).then_some(5),
            row: ErrorCode::BadRequest,
            ..Self::new(error.status(), error.code(), "The login did not succeed")
        }
    }

    /// Returns the error of a request whose session is over. It carries the cause, and only this one response does.
    pub(crate) fn session_ended(cause: EndCause) -> Self {
        Self {
            cause: Some(cause),
            ..cause.answer().into()
        }
    }

    /// Returns the row for a bare status that the framework answered before a handler could.
    pub(crate) fn from_status(status: StatusCode) -> Self {
        row_of(status).into()
    }

    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// Returns the HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status.as_u16()
    }

    /// Returns the status (4xx) with which the provider refused a call by [`ProviderApi`](crate::ProviderApi), such as 404. `None` for every other error.
    #[must_use]
    pub const fn provider_status(&self) -> Option<u16> {
        self.provider_status
    }

    /// Returns the constant title.
    #[must_use]
    pub const fn title(&self) -> &'static str {
        self.title
    }

    /// Returns why the session of this request ended, if it had one.
    pub(crate) const fn cause(&self) -> Option<EndCause> {
        self.cause
    }

    /// Returns the seconds after which the client may try again.
    #[must_use]
    pub const fn retry_after(&self) -> Option<u32> {
        self.retry_after
    }

    /// Returns the arguments for the sentence on the page.
    pub(crate) fn arguments(&self) -> &[(&'static str, String)] {
        &self.arguments
    }

    /// Adds the fault of a template. It is shown in development only.
    pub(crate) fn with_fault(mut self, fault: &str) -> Self {
        self.fault = Some(fault.into());
        self
    }

    /// Returns the fault of a template.
    pub(crate) fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    /// Returns the row whose sentences the page shows when the words have none for this code.
    pub(crate) const fn row(&self) -> ErrorCode {
        self.row
    }
}

fn row_of(status: StatusCode) -> ErrorCode {
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
}

impl From<ErrorCode> for ApiError {
    fn from(row: ErrorCode) -> Self {
        Self {
            retry_after: row.retry_after(),
            row,
            ..Self::new(row.status(), row.code(), row.title())
        }
    }
}

/// Logs the cause of a server-side error, because the client gets our own texts only.
pub fn report(error: &FlowError) {
    let code = error.code();
    match error {
        FlowError::Store(error) => {
            tracing::error!(event = "store_failed", %error, "a call of the session store failed");
        }
        _ if code.status() >= 500 => {
            tracing::warn!(event = "request_failed", error = code.code(), cause = %error, help = paths::of_problem(code.code()), "a request failed");
        }
        _ => {}
    }
}

impl From<FlowError> for ApiError {
    fn from(error: FlowError) -> Self {
        if let FlowError::SessionEnded(cause) = error {
            return Self::session_ended(cause);
        }
        report(&error);
        let provider_status = match &error {
            FlowError::Provider(ProviderError::CallRefused { status, .. }) => Some(*status),
            _ => None,
        };
        Self {
            provider_status,
            ..error.code().into()
        }
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.code)
    }
}

impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    /// Returns an empty response that carries the error to the layer `error_pages`.
    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponseBuilder::new(self.status_code());
        if let Some(allow) = self
            .allow
            .as_deref()
            .and_then(|allow| HeaderValue::from_str(allow).ok())
        {
            response.insert_header((ALLOW, allow));
        }
        let mut response = response.finish();
        response.extensions_mut().insert(self.clone());
        response
    }
}
