//! The only HTTP client for the provider: sends a request within its limits, and passes the response to the decoder.
//!
//! It must never follow a redirect, never repeat a call that is not safe to repeat and that the provider may have taken, and never read more than
//! [`MAX_BODY`]. It must never use a proxy from the environment, because a secret would pass that proxy in clear when the provider is on loopback,
//! and the operator did not set it for this program. Every other file of this module sends through it.
//!
//! TLS is rustls with the operating system's roots; `SSL_CERT_FILE` and `SSL_CERT_DIR` replace them.

use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use hyper::Request;
use hyper::body::Body as _;
use oauth2::http::header::{ACCEPT, ACCEPT_ENCODING, HeaderName, RETRY_AFTER, WWW_AUTHENTICATE};
use oauth2::http::{HeaderMap, HeaderValue, Method};
use tokio::time::{Instant, sleep_until, timeout_at};
use url::Url;

use super::connections::{Connections, PooledResponse, SendError};
use super::content_coding::{self, Undecodable};
use super::detail::{Detail, Secrets, root_cause};
use super::error::ProviderError;
use super::measured_call::MeasuredCall;
use super::pool::{Attempt, is_timeout};
use super::request::{ProviderRequest, secrets_of};
use super::request_body::watched_body;
use super::settings::SettingsError;
use super::userinfo_fields;
use crate::config::FieldName;
use crate::domain::RequestId;
use crate::domain::provider::{Endpoint, FailureKind, Json, ProviderDefinition, ProviderResponse};

/// Maximum number of bytes of a response that are read.
const MAX_BODY: usize = 256 * 1024;

/// Maximum wait that the provider can request with `Retry-After`. A longer one is shortened to this.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(3600);

/// Number of headers for which a request gets room, so that its table does not grow: four of this module, `User-Agent`, and `Host` and
/// `Content-Length` of hyper.
const ADDED_HEADERS: usize = 7;

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The HTTP client with its limits.
pub(super) struct HttpClient {
    connections: Connections,
    total_timeout: Duration,
    definition: ProviderDefinition,
    userinfo_fields: Vec<FieldName>,
}

impl HttpClient {
    pub(super) fn new(
        server: &Url,
        connect_timeout: Duration,
        total_timeout: Duration,
        user_agent: &str,
        definition: ProviderDefinition,
    ) -> Result<Self, SettingsError> {
        let connections = Connections::new(server, connect_timeout, total_timeout, user_agent)?;
        Ok(Self::from_connections(
            connections,
            total_timeout,
            definition,
        ))
    }

    /// Renames these members of every userinfo response.
    pub(super) fn with_userinfo_fields(self, userinfo_fields: Vec<FieldName>) -> Self {
        Self {
            userinfo_fields,
            ..self
        }
    }

    /// Creates a client over these connections.
    pub(super) const fn from_connections(
        connections: Connections,
        total_timeout: Duration,
        definition: ProviderDefinition,
    ) -> Self {
        Self {
            connections,
            total_timeout,
            definition,
            userinfo_fields: Vec::new(),
        }
    }

    /// Sends a request within the time limit of every call, and reads the response. A `GET` is sent once more when its connection broke before any
    /// response, or when half of the time has passed without a response on a shared connection. Any other request is sent once, as far as the
    /// provider may have taken it.
    pub(super) async fn send(
        &self,
        endpoint: Endpoint<'_>,
        request: ProviderRequest,
        id: Option<&RequestId>,
    ) -> Result<Json, ProviderError> {
        self.send_within(self.total_timeout, endpoint, request, id)
            .await
    }

    /// Sends a request as [`send`](Self::send) does, within its own time limit.
    pub(super) async fn send_within(
        &self,
        limit: Duration,
        endpoint: Endpoint<'_>,
        mut request: ProviderRequest,
        id: Option<&RequestId>,
    ) -> Result<Json, ProviderError> {
        let headers = &mut request.headers;
        headers.reserve(ADDED_HEADERS);
        if let Some(value) = id.and_then(|id| HeaderValue::from_str(id.as_str()).ok()) {
            headers.insert(X_REQUEST_ID, value);
        }
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        let call = MeasuredCall::begin(endpoint, &mut request, id);
        let result = self.answer(limit, endpoint, &request, &call).await;
        call.end(&result);
        result
    }

    /// Sends the request and decodes the response.
    async fn answer(
        &self,
        limit: Duration,
        endpoint: Endpoint<'_>,
        request: &ProviderRequest,
        call: &MeasuredCall,
    ) -> Result<Json, ProviderError> {
        let is_get = request.method == Method::GET;
        let mut response = self
            .exchange(request, limit)
            .await
            .map_err(|error| error.into_error(&secrets_of(request)))?;
        call.note_status(response.status);
        if endpoint == Endpoint::UserInfo && !self.userinfo_fields.is_empty() {
            userinfo_fields::rename(&mut response, &self.userinfo_fields);
        }
        (self.definition.decode)(endpoint, &response).map_err(|mut failure| {
            // After a refused token the caller repeats the call. A server error does not prove that the provider did not take it.
            let may_be_taken =
                matches!(endpoint, Endpoint::Api(_)) && !is_get && response.status >= 500;
            if failure.kind == FailureKind::TokenRefused && may_be_taken {
                failure.kind = FailureKind::Unavailable;
            }
            let error =
                ProviderError::from_failure(&failure, &secrets_of(request), response.retry_after);
            match (endpoint, response.status, error) {
                (Endpoint::Api(_), status @ 400..=499, ProviderError::Unusable(detail)) => {
                    ProviderError::CallRefused { status, detail }
                }
                (_, _, error) => error,
            }
        })
    }

    async fn exchange(
        &self,
        request: &ProviderRequest,
        limit: Duration,
    ) -> Result<ProviderResponse, ExchangeError> {
        let began = Instant::now();
        let end = began + limit;
        let mut first = pin!(self.once(request, end));
        if request.method != Method::GET {
            return first.await;
        }
        let half = sleep_until(began + limit / 2);
        let early = tokio::select! {
            first = &mut first => first,
            // The connection may be dead although it answers pings.
            () = half, if self.connections.are_shared() => {
                let second = Box::pin(self.once(request, end));
                return match select(first, second).await {
                    Either::Left((Err(_), other)) => other.await,
                    Either::Right((Err(_), other)) => other.await,
                    Either::Left((response, _)) | Either::Right((response, _)) => response,
                };
            }
        };
        match early {
            Err(ExchangeError::BeforeResponse(_) | ExchangeError::Silent) => {
                Box::pin(self.once(request, end)).await
            }
            early => early,
        }
    }

    /// Sends the request, and repeats it only until the provider may have taken it.
    async fn once(
        &self,
        request: &ProviderRequest,
        end: Instant,
    ) -> Result<ProviderResponse, ExchangeError> {
        let attempt = || {
            let (body, watch) = watched_body(&request.method, request.body.clone());
            let mut attempt = Request::new(body);
            *attempt.method_mut() = request.method.clone();
            *attempt.uri_mut() = request.uri.clone();
            *attempt.headers_mut() = request.headers.clone();
            Some(Attempt {
                request: attempt,
                body: watch,
            })
        };
        let sent = self.connections.send(attempt, sleep_until(end)).await;
        let mut response = sent.map_err(|error| match error {
            SendError::Timeout => ExchangeError::Timeout,
            SendError::Unbuildable => ExchangeError::Unbuildable,
            SendError::Transport(error) => match (error.is_connect(), is_timeout(&error)) {
                (true, true) => ExchangeError::ConnectTimeout,
                (true, false) => ExchangeError::Unreachable(root_cause(&error)),
                (false, true) => ExchangeError::Silent,
                (false, false) => ExchangeError::BeforeResponse(root_cause(&error)),
            },
        })?;
        let read = timeout_at(end, read(&mut response)).await;
        read.unwrap_or_else(|_| {
            response.pool.retire();
            Err(ExchangeError::Timeout)
        })
    }
}

/// Reads the rest of a response.
async fn read(pooled: &mut PooledResponse) -> Result<ProviderResponse, ExchangeError> {
    let expected = usize::try_from(pooled.response.body().size_hint().lower());
    let mut body = Vec::with_capacity(expected.unwrap_or(MAX_BODY).min(MAX_BODY));
    while let Some(chunk) = pooled
        .chunk()
        .await
        .map_err(|error| ExchangeError::InBody(root_cause(&error)))?
    {
        if body.len() + chunk.len() > MAX_BODY {
            return Err(ExchangeError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    let response = &pooled.response;
    let headers = response.headers();
    let decoded = content_coding::decode(headers, body, MAX_BODY);
    let is_undecodable = match decoded {
        Err(Undecodable::TooLarge) => return Err(ExchangeError::TooLarge),
        Err(Undecodable::Unknown | Undecodable::Malformed) => true,
        Ok(_) => false,
    };
    Ok(ProviderResponse {
        status: response.status().as_u16(),
        retry_after: retry_after(headers),
        www_authenticate: challenges(headers),
        body: decoded.unwrap_or_default(),
        is_undecodable,
    })
}

/// Why there is no complete response. The texts come from the transport.
enum ExchangeError {
    Unbuildable,
    Timeout,
    ConnectTimeout,
    Unreachable(String),
    /// The connection no longer answers pings.
    Silent,
    BeforeResponse(String),
    InBody(String),
    TooLarge,
}

impl ExchangeError {
    fn into_error(self, secrets: &Secrets) -> ProviderError {
        let unavailable = |text: &str| ProviderError::Unavailable {
            detail: Detail::masked(text, secrets),
            retry_after: None,
        };
        match self {
            Self::Unbuildable => ProviderError::Unusable(Detail::new("the request cannot be sent")),
            Self::Timeout => {
                ProviderError::Timeout(Detail::new("no response within the time limit of the call"))
            }
            Self::Silent => {
                ProviderError::Timeout(Detail::new("the connection no longer answers pings"))
            }
            Self::ConnectTimeout => {
                ProviderError::Timeout(Detail::new("no connection within the time limit"))
            }
            Self::Unreachable(cause) => unavailable(&format!("no connection: {cause}")),
            Self::BeforeResponse(cause) => unavailable(&format!(
                "the connection broke before the response: {cause}"
            )),
            Self::InBody(cause) => unavailable(&format!(
                "the connection broke within the response: {cause}"
            )),
            Self::TooLarge => ProviderError::Unusable(Detail::new("the response is over 256 KB")),
        }
    }
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let mut lines = headers.get_all(RETRY_AFTER).iter();
    let seconds: u64 = lines.find_map(|line| {
        std::str::from_utf8(line.as_bytes())
            .ok()?
            .trim()
            .parse()
            .ok()
    })?;
    Some(Duration::from_secs(seconds).min(MAX_RETRY_AFTER))
}

/// Returns every challenge (RFC 9110 §11.6.1), with U+FFFD for bytes that are not UTF-8.
fn challenges(headers: &HeaderMap) -> Option<String> {
    let lines = headers.get_all(WWW_AUTHENTICATE).iter();
    let lines: Vec<_> = lines
        .map(|line| String::from_utf8_lossy(line.as_bytes()))
        .collect();
    (!lines.is_empty()).then(|| lines.join(", "))
}
