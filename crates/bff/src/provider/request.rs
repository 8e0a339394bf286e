//! A request to the provider: what is sent, as often as it may be sent, and the secrets in it.

use bytes::Bytes;
use oauth2::HttpRequest;
use oauth2::http::header::{AUTHORIZATION, CONTENT_TYPE};
use oauth2::http::{HeaderMap, HeaderValue, Method, Uri};

use super::detail::{Detail, Secrets};
use super::error::ProviderError;

/// Names of the form members whose values are secrets, in any request.
const SECRET_MEMBERS: [&str; 5] = [
    "client_secret",
    "code",
    "code_verifier",
    "refresh_token",
    "token",
];

/// A request to the provider. It is kept until the response is complete, because it may be sent again.
pub(super) struct ProviderRequest {
    pub method: Method,
    pub uri: Uri,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl ProviderRequest {
    /// Creates a `GET` with a bearer token in the `Authorization` header, and nowhere else (RFC 6750 §2.1).
    ///
    /// # Errors
    /// [`ProviderError::Unusable`] when the token cannot be in a header.
    pub(super) fn get(uri: Uri, token: &str) -> Result<Self, ProviderError> {
        let mut value =
            HeaderValue::try_from(format!("Bearer {token}")).map_err(|_| unsendable())?;
        value.set_sensitive(true);
        Ok(Self {
            method: Method::GET,
            uri,
            headers: HeaderMap::from_iter([(AUTHORIZATION, value)]),
            body: Bytes::new(),
        })
    }

    /// Creates a `POST` of this JSON with a bearer token.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub(super) fn post_json(uri: Uri, token: &str, json: Bytes) -> Result<Self, ProviderError> {
        let mut request = Self::get(uri, token)?;
        request.method = Method::POST;
        request.body = json;
        let media_type = HeaderValue::from_static("application/json");
        request.headers.insert(CONTENT_TYPE, media_type);
        Ok(request)
    }
}

impl From<HttpRequest> for ProviderRequest {
    fn from(request: HttpRequest) -> Self {
        let (parts, body) = request.into_parts();
        Self {
            method: parts.method,
            uri: parts.uri,
            headers: parts.headers,
            body: body.into(),
        }
    }
}

fn unsendable() -> ProviderError {
    ProviderError::Unusable(Detail::new("the request cannot be sent"))
}

/// Collects every secret in a request: its credentials and the secret members of its form.
pub(super) fn secrets_of(request: &ProviderRequest) -> Secrets {
    let mut secrets = Secrets::default();
    if let Some(value) = request
        .headers
        .get(AUTHORIZATION)
        .and_then(|v| v.to_str().ok())
    {
        secrets.add(
            value
                .split_once(' ')
                .map_or(value, |(_, credential)| credential),
        );
    }
    for (name, value) in url::form_urlencoded::parse(&request.body) {
        if SECRET_MEMBERS.contains(&name.as_ref()) {
            secrets.add(&value);
        }
    }
    secrets
}
