//! The top-up link, checked before a browser is redirected to it.
//!
//! This module must never return a link of the provider to a host that is not allowed.

use bff_core::provider::Json;
use url::{Host, Url};

/// Maximum length of a link, in bytes, because it is sent in a `Location` header.
const MAX_LINK: usize = 4096;

/// Which links are allowed, and which link is used when the provider gives none.
#[derive(Clone, Debug, Default)]
pub struct TopupRules {
    /// Hosts that a link may point to, including their subdomains.
    pub allowed_hosts: Vec<String>,
    /// The link to use when the provider gives none. It is not checked.
    pub fallback: Option<Url>,
    /// Whether a link may use plain http on loopback, for the sandbox.
    pub allow_loopback: bool,
}

/// Why there is no link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TopupError {
    /// The provider's link is not https on an allowed host.
    NotAllowed,
}

impl std::fmt::Display for TopupError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("the top-up link is not https on an allowed host")
    }
}

impl std::error::Error for TopupError {}

/// Returns the link in a success of [`TOPUP`](crate::TOPUP), or the fallback when the response has none. `None` when there is no fallback either.
///
/// # Errors
/// [`TopupError::NotAllowed`] for a link that these rules do not allow.
pub fn topup_link(response: &Json, rules: &TopupRules) -> Result<Option<Url>, TopupError> {
    let link = response.text("topup_url").or_else(|| response.text("data"));
    match link {
        None => Ok(rules.fallback.clone()),
        Some(link) => checked(&link, rules)
            .map(Some)
            .ok_or(TopupError::NotAllowed),
    }
}

/// Returns the link if it is safe to follow: https on an allowed host or a subdomain of one, without credentials in it.
fn checked(link: &str, rules: &TopupRules) -> Option<Url> {
    let url = Url::parse(link)
        .ok()
        .filter(|url| url.as_str().len() <= MAX_LINK)?;
    let has_credentials = !url.username().is_empty() || url.password().is_some();
    let is_allowed = match url.scheme() {
        "https" => url.host_str().is_some_and(|host| {
            let mut allowed = rules.allowed_hosts.iter();
            allowed.any(|allowed| is_within(host, allowed))
        }),
        "http" if rules.allow_loopback => is_loopback(&url),
        _ => false,
    };
    (is_allowed && !has_credentials).then_some(url)
}

/// Returns whether a host is the allowed host or a subdomain of it.
fn is_within(host: &str, allowed: &str) -> bool {
    let allowed = allowed.trim().to_ascii_lowercase();
    let prefix = host.strip_suffix(allowed.as_str());
    prefix.is_some_and(|prefix| !allowed.is_empty() && (prefix.is_empty() || prefix.ends_with('.')))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}
