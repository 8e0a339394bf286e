//! What the provider client needs to know, and the addresses that follow from it.
//!
//! Holds the client secret; never shows it. The wiring fills it from the configuration, which has checked the schemes.

use std::time::Duration;

use secrecy::SecretString;
use url::Url;

/// How the client shows who it is at the token endpoint (RFC 6749 §2.3.1). One way for each request, never both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientAuth {
    /// `client_id` and `client_secret` in the body: the only way that the provider documents.
    #[default]
    Body,
    /// HTTP Basic, both parts form-encoded first.
    Basic,
}

/// Everything the provider client must be told.
#[derive(Clone, Debug)]
pub struct ProviderSettings {
    /// The public name of this client.
    pub client_id: String,
    /// Its secret.
    pub client_secret: SecretString,
    /// The redirect URI as it was registered: the provider compares it as a string (RFC 6749 §3.1.2.3).
    pub redirect_uri: String,
    /// Where browsers reach the provider; a path and a query in it are kept.
    pub browser_base: Url,
    /// Where this server reaches the provider; a path and a query in it are kept.
    pub server_base: Url,
    /// The scopes to ask for, space separated, sent exactly so.
    pub scope: String,
    /// Whether the provider may skip its consent page.
    pub auto_authorize: bool,
    /// How to authenticate at the token endpoint.
    pub client_auth: ClientAuth,
    /// The path of the revocation endpoint (RFC 7009), when there is one.
    pub revocation_path: Option<String>,
    /// How much quota is one unit of the shown balance; not zero.
    pub quota_per_unit: u64,
    /// Hosts that a top-up link may lead to, with their subdomains.
    pub topup_hosts: Vec<String>,
    /// The top-up link to use where the provider gives none.
    pub topup_fallback: Option<Url>,
    /// Whether a top-up link may lead to plain http on loopback: for the sandbox.
    pub loopback_topup: bool,
    /// The most time that making a connection may take.
    pub connect_timeout: Duration,
    /// The most time that a whole call may take, repeats included.
    pub total_timeout: Duration,
    /// The most time that a refresh may take: what it answers may be the only valid tokens.
    pub refresh_timeout: Duration,
}

/// Why no client could be made.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// `quota_per_unit` is zero.
    #[error("the quota of one unit of balance must not be zero")]
    ZeroQuotaUnit,
    /// A base address that cannot carry a path, such as `mailto:`.
    #[error("the provider's address must be an http or https URL with a host")]
    NotABase,
    /// The redirect URI is not an absolute URL.
    #[error("the redirect URI must be an absolute URL")]
    RedirectUri,
    /// The TLS library or the system's trusted roots could not be used.
    #[error("the HTTP client cannot be made: {0}")]
    HttpClient(#[source] reqwest::Error),
}

/// The address of `path` under `base`: the path is appended, a query is kept, a fragment is dropped (RFC 6749 §3.1).
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
}
