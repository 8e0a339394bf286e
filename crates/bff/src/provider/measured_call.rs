//! Measures a call to the provider, and gives it its place in the trace of its request.

use oauth2::http::HeaderValue;
use oauth2::http::header::HeaderName;
use tracing::Span;

use super::error::ProviderError;
use super::request::ProviderRequest;
use crate::domain::calls::{self, CallTimer, Callee, InFlight};
use crate::domain::provider::Endpoint;
use crate::domain::{RequestId, ThreadEntropy};

/// The header of W3C Trace Context §3.2.
pub const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// A call to the provider under way.
pub(super) struct MeasuredCall {
    timer: CallTimer<'static>,
    _in_flight: InFlight,
    span: Span,
}

impl MeasuredCall {
    /// Begins a call, and adds its `traceparent` to the request.
    pub(super) fn begin(
        endpoint: Endpoint<'_>,
        request: &mut ProviderRequest,
        id: Option<&RequestId>,
    ) -> Self {
        let name = name(endpoint);
        let span = id.map_or_else(Span::none, |id| {
            let call = id.trace().call(&ThreadEntropy);
            if let Ok(value) = HeaderValue::from_bytes(call.traceparent().as_bytes()) {
                request.headers.insert(TRACEPARENT, value);
            }
            calls::http_span(&call, request.method.as_str(), name, request.uri.host())
        });
        Self {
            timer: CallTimer::start(Callee::Provider(name), span.clone()),
            _in_flight: InFlight::to_provider(),
            span,
        }
    }

    /// Records the status of the response.
    pub(super) fn note_status(&self, status: u16) {
        self.span.record("http.response.status_code", status);
    }

    /// Ends the call.
    pub(super) fn end<T>(self, result: &Result<T, ProviderError>) {
        self.timer
            .end(result.as_ref().map_or_else(outcome, |_| calls::OK));
    }
}

/// Returns the name of a call. All calls of an app have one name, because their paths may name users.
const fn name(endpoint: Endpoint<'_>) -> &'static str {
    match endpoint {
        Endpoint::Token => "token",
        Endpoint::UserInfo => "userinfo",
        Endpoint::Revocation => "revocation",
        Endpoint::Registration => "registration",
        Endpoint::Api(_) => "api",
    }
}

const fn outcome(error: &ProviderError) -> &'static str {
    match error {
        ProviderError::GrantRefused { .. }
        | ProviderError::TokenRefused(_)
        | ProviderError::Forbidden(_)
        | ProviderError::AccountDisabled(_)
        | ProviderError::Misconfigured(_)
        | ProviderError::CallRefused { .. } => "refused",
        ProviderError::Unavailable { .. } => "unavailable",
        ProviderError::Timeout(_) => "timeout",
        ProviderError::Unusable(_) => "unusable",
    }
}
