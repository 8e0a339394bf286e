//! The one way out to the provider: carries a request, keeps its limits, hands the answer to the decoder.
//!
//! It must never follow a redirect, never repeat a call that is not safe to repeat, never read more than [`MAX_BODY`], and never
//! use a proxy that the environment names: a secret would pass it in clear when the provider is on loopback, and nobody
//! set it for this program. Every other file of this module sends through it.
//!
//! TLS is rustls with the operating system's roots; `SSL_CERT_FILE` and `SSL_CERT_DIR` replace them.

use std::time::Duration;

use oauth2::http::header::{ACCEPT, AUTHORIZATION, HeaderName, RETRY_AFTER, WWW_AUTHENTICATE};
use oauth2::http::request::Builder;
use oauth2::http::{HeaderMap, HeaderValue, Method, Request};
use url::Url;

use super::decode::{Answer, Endpoint, Kind, decode};
use super::detail::{Detail, Secrets};
use super::error::ProviderError;
use super::json::Object;
use super::settings::SettingsError;
use crate::domain::RequestId;

/// The most bytes of an answer that are read.
const MAX_BODY: usize = 256 * 1024;

/// How long a connection may wait for its next call: less than the 5 seconds after which the strictest common servers close
/// it, so that a token call, which has only one try, does not meet a connection that is just being closed.
const POOL_IDLE: Duration = Duration::from_secs(4);

/// The longest wait that a provider may ask for.
const MAX_RETRY_AFTER: Duration = Duration::from_secs(3600);

const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Form members that are secrets wherever they are sent.
const SECRET_MEMBERS: [&str; 5] = [
    "client_secret",
    "code",
    "code_verifier",
    "refresh_token",
    "token",
];

/// A client that follows no redirect, sends nothing twice, and asks no proxy that the environment names.
///
/// # Errors
/// [`SettingsError::HttpClient`] when the TLS library or the system's roots cannot be used.
pub fn http_client(connect_timeout: Duration) -> Result<reqwest::Client, SettingsError> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that makes clients, with every limit set"
    )]
    reqwest::Client::builder()
        .user_agent(concat!("aihubmix-bff/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .referer(false)
        .connect_timeout(connect_timeout)
        .pool_idle_timeout(POOL_IDLE)
        .build()
        .map_err(SettingsError::HttpClient)
}

/// The HTTP client with its limits.
pub(super) struct HttpClient {
    http: reqwest::Client,
    total_timeout: Duration,
}

impl HttpClient {
    pub(super) fn new(
        connect_timeout: Duration,
        total_timeout: Duration,
    ) -> Result<Self, SettingsError> {
        let http = http_client(connect_timeout)?;
        Ok(Self {
            http,
            total_timeout,
        })
    }

    /// Sends a request within the time limit of every call and reads the answer. A `GET` whose connection broke before any answer is sent
    /// once more; anything else is sent once.
    pub(super) async fn send(
        &self,
        endpoint: Endpoint,
        request: Request<Vec<u8>>,
        id: Option<&RequestId>,
    ) -> Result<Object, ProviderError> {
        self.send_within(self.total_timeout, endpoint, request, id)
            .await
    }

    /// The same within a time limit of its own.
    pub(super) async fn send_within(
        &self,
        limit: Duration,
        endpoint: Endpoint,
        request: Request<Vec<u8>>,
        id: Option<&RequestId>,
    ) -> Result<Object, ProviderError> {
        let secrets = secrets_of(&request);
        let mut request = request;
        if let Some(value) = id.and_then(|id| HeaderValue::from_str(id.as_str()).ok()) {
            request.headers_mut().insert(X_REQUEST_ID, value);
        }
        request
            .headers_mut()
            .insert(ACCEPT, HeaderValue::from_static("application/json"));
        let answer = tokio::time::timeout(limit, self.exchange(request))
            .await
            .map_err(|_| ProviderError::Timeout(Detail::own("the time limit of the call is over")))?
            .map_err(|broken| broken.into_error(&secrets))?;
        let decoded = decode(endpoint, &answer);
        decoded.map_err(|failure| {
            let detail = Detail::foreign(&failure.text, &secrets);
            match failure.kind {
                Kind::GrantRefused => ProviderError::GrantRefused(detail),
                Kind::TokenRefused => ProviderError::TokenRefused(detail),
                Kind::Forbidden => ProviderError::Forbidden(detail),
                Kind::AccountDisabled => ProviderError::AccountDisabled(detail),
                Kind::Misconfigured => ProviderError::Misconfigured(detail),
                Kind::Unavailable => ProviderError::Unavailable {
                    detail,
                    retry_after: answer.retry_after,
                },
                Kind::Unusable => ProviderError::Unusable(detail),
            }
        })
    }

    async fn exchange(&self, request: Request<Vec<u8>>) -> Result<Answer, Broken> {
        let again = (request.method() == Method::GET).then(|| request.clone());
        let first = self.once(request).await;
        match (first, again) {
            (Err(Broken::BeforeAnswer(_)), Some(again)) => self.once(again).await,
            (first, _) => first,
        }
    }

    async fn once(&self, request: Request<Vec<u8>>) -> Result<Answer, Broken> {
        let request = reqwest::Request::try_from(request).map_err(|_| Broken::Unsendable)?;
        let mut response = self.http.execute(request).await.map_err(|error| {
            if error.is_timeout() {
                Broken::ConnectTimeout
            } else if error.is_connect() {
                Broken::Unreachable(root_cause(&error))
            } else {
                Broken::BeforeAnswer(root_cause(&error))
            }
        })?;
        let mut answer = Answer {
            status: response.status().as_u16(),
            retry_after: retry_after(response.headers()),
            www_authenticate: challenges(response.headers()),
            body: Vec::new(),
        };
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| Broken::InBody(root_cause(&error)))?
        {
            if answer.body.len() + chunk.len() > MAX_BODY {
                return Err(Broken::TooLarge);
            }
            answer.body.extend_from_slice(&chunk);
        }
        Ok(answer)
    }
}

/// Why there is no whole answer. The texts are those of the transport.
enum Broken {
    Unsendable,
    ConnectTimeout,
    Unreachable(String),
    BeforeAnswer(String),
    InBody(String),
    TooLarge,
}

impl Broken {
    fn into_error(self, secrets: &Secrets) -> ProviderError {
        let unavailable = |text: &str| ProviderError::Unavailable {
            detail: Detail::foreign(text, secrets),
            retry_after: None,
        };
        match self {
            Self::Unsendable => ProviderError::Unusable(Detail::own("the request cannot be sent")),
            Self::ConnectTimeout => {
                ProviderError::Timeout(Detail::own("no connection within the time limit"))
            }
            Self::Unreachable(cause) => unavailable(&format!("no connection: {cause}")),
            Self::BeforeAnswer(cause) => {
                unavailable(&format!("the connection broke before the answer: {cause}"))
            }
            Self::InBody(cause) => {
                unavailable(&format!("the connection broke within the answer: {cause}"))
            }
            Self::TooLarge => ProviderError::Unusable(Detail::own("the answer is over 256 KB")),
        }
    }
}

/// The innermost reason: the outer ones repeat the URL. A text of the transport, which has not gone through [`Detail`].
pub(super) fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
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

/// Every challenge (RFC 9110 §11.6.1), with U+FFFD for what is not UTF-8.
fn challenges(headers: &HeaderMap) -> Option<String> {
    let lines = headers.get_all(WWW_AUTHENTICATE).iter();
    let lines: Vec<_> = lines
        .map(|line| String::from_utf8_lossy(line.as_bytes()))
        .collect();
    (!lines.is_empty()).then(|| lines.join(", "))
}

/// A request with a bearer token in its header, the one place for it (RFC 6750 §2.1).
pub(super) fn bearer(
    builder: Builder,
    url: &Url,
    token: &str,
    body: Vec<u8>,
) -> Result<Request<Vec<u8>>, ProviderError> {
    builder
        .uri(url.as_str())
        .header(AUTHORIZATION, format!("Bearer {token}"))
        .body(body)
        .map_err(|_| ProviderError::Unusable(Detail::own("the request cannot be sent")))
}

/// Every secret in a request: its credentials and the members of its form that are secret.
fn secrets_of(request: &Request<Vec<u8>>) -> Secrets {
    let mut secrets = Secrets::default();
    if let Some(value) = request
        .headers()
        .get(AUTHORIZATION)
        .and_then(|v| v.to_str().ok())
    {
        secrets.add(
            value
                .split_once(' ')
                .map_or(value, |(_, credential)| credential),
        );
    }
    for (name, value) in url::form_urlencoded::parse(request.body()) {
        if SECRET_MEMBERS.contains(&name.as_ref()) {
            secrets.add(&value);
        }
    }
    secrets
}
