//! The settings of the provider client, and the addresses derived from them.
//!
//! They contain the client secret and never show it. The wiring fills them from the configuration, which has checked the schemes.

use std::time::Duration;

use hyper::Uri;
use secrecy::SecretString;
use url::Url;

use super::identity::Identity;
use crate::config::{ClientAuth, FieldName};
use crate::domain::provider::ProviderDefinition;

/// All settings of the provider client.
#[derive(Clone, Debug)]
pub struct ProviderSettings {
    /// The provider's definition.
    pub definition: ProviderDefinition,
    /// The name of this program in `User-Agent`.
    pub identity: Identity,
    /// The client id.
    pub client_id: String,
    /// The client secret.
    pub client_secret: SecretString,
    /// The redirect URI as it was registered. The provider compares it as a string (RFC 6749 §3.1.2.3).
    pub redirect_uri: String,
    /// The provider's address for browsers. A path and a query in it are kept.
    pub browser_base: Url,
    /// The provider's address for this server. A path and a query in it are kept.
    pub server_base: Url,
    /// The scopes to request, space separated, sent unchanged.
    pub scope: String,
    /// Whether the provider may skip its consent page.
    pub auto_authorize: bool,
    /// The client authentication at the token endpoint.
    pub client_auth: ClientAuth,
    /// The paths that replace those of the definition.
    pub paths: EndpointPaths,
    /// Members of the userinfo response that the provider names differently.
    pub userinfo_fields: Vec<FieldName>,
    /// Maximum time to make a connection.
    pub connect_timeout: Duration,
    /// Maximum time of a whole call, repeats included.
    pub total_timeout: Duration,
    /// Maximum time of a refresh. It is a separate limit, because the response may contain the only valid tokens.
    pub refresh_timeout: Duration,
}

/// Paths of endpoints that replace those of the provider's definition. `None` keeps the path of the definition.
#[derive(Clone, Debug, Default)]
pub struct EndpointPaths {
    /// The authorization endpoint (RFC 6749 §3.1).
    pub authorize: Option<String>,
    /// The token endpoint (RFC 6749 §3.2).
    pub token: Option<String>,
    /// The endpoint that describes the user.
    pub userinfo: Option<String>,
    /// The revocation endpoint (RFC 7009).
    pub revocation: Option<String>,
}

/// Why a client cannot be created.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A base address that cannot carry a path, such as `mailto:`.
    #[error("the provider's address must be an http or https URL with a host")]
    NotABase,
    /// The redirect URI is not an absolute URL.
    #[error("the redirect URI must be an absolute URL")]
    RedirectUri,
    /// The TLS library or the system's trusted roots could not be used.
    #[error("the HTTP client cannot be created: {0}")]
    HttpClient(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Returns the address of `path` under `base`. The path is appended, a query is kept, a fragment is dropped (RFC 6749 §3.1).
///
/// # Errors
///
/// [`SettingsError::NotABase`] for anything but http and https.
pub fn endpoint(base: &Url, path: &str) -> Result<Url, SettingsError> {
    if !matches!(base.scheme(), "http" | "https") || !base.has_host() {
        return Err(SettingsError::NotABase);
    }
    let mut url = base.clone();
    url.set_fragment(None);
    let joined = format!(
        "{}/{}",
        base.path().trim_end_matches('/'),
        path.trim_start_matches('/')
    );
    url.set_path(&joined);
    Ok(url)
}

/// Returns an address as the HTTP client wants it.
///
/// # Errors
///
/// [`SettingsError::NotABase`] when a request cannot carry it.
pub fn uri(url: Url) -> Result<Uri, SettingsError> {
    Uri::try_from(String::from(url)).map_err(|_| SettingsError::NotABase)
}

/// Returns the address of a call. `None` when the path leads elsewhere: it must begin with a slash, and have no dot segments and no characters that a
/// URL must encode.
pub(super) fn api_url(base: &Url, path: &str, query: Option<&str>) -> Option<Url> {
    let mut url = endpoint(base, path).ok()?;
    if let Some(query) = query {
        let joined = match url.query() {
            Some(before) => format!("{before}&{query}"),
            None => query.to_owned(),
        };
        url.set_query(Some(&joined));
    }
    let is_unchanged = path.starts_with('/') && url.path().ends_with(path);
    is_unchanged.then_some(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_keeps_its_path_and_its_query_and_loses_its_fragment() {
        for (base, expected) in [
            ("https://as.test", "https://as.test/api/x"),
            ("https://as.test/", "https://as.test/api/x"),
            (
                "https://as.test/t1/?tenant=a#frag",
                "https://as.test/t1/api/x?tenant=a",
            ),
        ] {
            let base = Url::parse(base).unwrap();
            assert_eq!(endpoint(&base, "/api/x").unwrap().as_str(), expected);
        }
    }

    #[test]
    fn an_address_without_a_host_is_refused() {
        for base in ["mailto:a@b.test", "data:,x", "ftp://as.test"] {
            assert!(
                endpoint(&Url::parse(base).unwrap(), "/x").is_err(),
                "{base}"
            );
        }
    }

    #[test]
    fn a_path_of_a_call_is_sent_as_it_is_or_refused() {
        let base = Url::parse("https://api.test/base?tenant=a").unwrap();
        for (path, query, expected) in [
            (
                "/v1/models",
                None,
                Some("https://api.test/base/v1/models?tenant=a"),
            ),
            (
                "/v1/models",
                Some("a=b c"),
                Some("https://api.test/base/v1/models?tenant=a&a=b%20c"),
            ),
            (
                "/v1/%C3%A9/",
                None,
                Some("https://api.test/base/v1/%C3%A9/?tenant=a"),
            ),
            ("v1/models", None, None),
            ("", None, None),
            ("/v1/../admin", None, None),
            ("/v1/%2e%2e/admin", None, None),
            ("/v1/a b", None, None),
            ("/v1/a#b", None, None),
            ("/v1\\..\\admin", None, None),
        ] {
            let url = api_url(&base, path, query);
            assert_eq!(url.as_ref().map(Url::as_str), expected, "{path}");
        }
    }
}
