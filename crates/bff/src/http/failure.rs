//! An error on its way out: a row of the error table. How it looks (problem+json or a page) is decided once, in the envelope.

use actix_web::error::JsonPayloadError;
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::{HttpResponse, HttpResponseBuilder, ResponseError};

use crate::domain::{EndCause, ErrorCode, LoginError};
use crate::flow::FlowError;

/// What a handler answers instead of what it was asked for.
#[derive(Clone, Debug)]
pub struct Failure {
    kind: Kind,
    allow: Option<String>,
    cause: Option<EndCause>,
    /// Seconds until another try makes sense, where they are known better than the table does.
    wait: Option<u32>,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Request(ErrorCode),
    Login(LoginError),
}

impl Failure {
    /// 405, with the methods that there are.
    pub const fn method_not_allowed(allow: String) -> Self {
        Self {
            kind: Kind::Request(ErrorCode::MethodNotAllowed),
            allow: Some(allow),
            cause: None,
            wait: None,
        }
    }

    /// Too many requests; another one passes after so many seconds.
    pub const fn rate_limited(seconds: u32) -> Self {
        Self {
            kind: Kind::Request(ErrorCode::RateLimited),
            allow: None,
            cause: None,
            wait: Some(seconds),
        }
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

    /// A login that did not succeed, with the callback's own code.
    pub const fn of_login(error: LoginError) -> Self {
        Self {
            kind: Kind::Login(error),
            allow: None,
            cause: None,
            wait: None,
        }
    }

    /// A request of a session that is over; the browser is told why, and this once.
    pub const fn of_end(cause: EndCause) -> Self {
        Self {
            kind: Kind::Request(cause.answer()),
            allow: None,
            cause: Some(cause),
            wait: None,
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

    /// The stable code.
    pub const fn code(&self) -> &'static str {
        match self.kind {
            Kind::Request(error) => error.code(),
            Kind::Login(error) => error.code(),
        }
    }

    /// The HTTP status.
    pub const fn status(&self) -> u16 {
        match self.kind {
            Kind::Request(error) => error.status(),
            Kind::Login(error) => error.status(),
        }
    }

    /// The constant title.
    pub const fn title(&self) -> &'static str {
        match self.kind {
            Kind::Request(error) => error.title(),
            Kind::Login(_) => "The login did not succeed",
        }
    }

    /// Why the session of this request ended, where it had one.
    pub const fn cause(&self) -> Option<EndCause> {
        self.cause
    }

    /// Seconds until another try makes sense.
    pub const fn retry_after(&self) -> Option<u32> {
        if self.wait.is_some() {
            return self.wait;
        }
        match self.kind {
            Kind::Request(error) => error.retry_after(),
            Kind::Login(error) if error.status() == 503 => Some(5),
            Kind::Login(_) => None,
        }
    }

    /// The row for a page; logins have pages of their own.
    pub const fn page(&self) -> ErrorCode {
        match self.kind {
            Kind::Request(error) => error,
            Kind::Login(_) => ErrorCode::BadRequest,
        }
    }
}

impl From<ErrorCode> for Failure {
    fn from(code: ErrorCode) -> Self {
        Self {
            kind: Kind::Request(code),
            allow: None,
            cause: None,
            wait: None,
        }
    }
}

/// Writes down what somebody is told of in our own words only.
pub fn report(error: &FlowError) {
    let code = error.code();
    match error {
        FlowError::Store(error) => {
            tracing::error!(event = "store_failed", %error, "the session store did not do what it was asked for");
        }
        _ if code.status() >= 500 => {
            tracing::warn!(event = "request_failed", error = code.code(), cause = %error, "a request failed");
        }
        _ => {}
    }
}

impl From<FlowError> for Failure {
    fn from(error: FlowError) -> Self {
        if let FlowError::SessionEnded(cause) = error {
            return Self::of_end(cause);
        }
        report(&error);
        error.code().into()
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.code())
    }
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// An empty answer that carries the failure to the envelope.
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
