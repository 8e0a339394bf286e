//! Parsers for the URLs and host names in the configuration: which URLs may carry codes, secrets and tokens.
//!
//! One rule applies to all URLs: `https`, or `http` to a loopback host, without user name, password, fragment or wildcard
//! (RFC 6749 §3.1.2, RFC 9700 §2.6). Called by the sections that hold an address.

use std::fmt;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer};
use url::{Host, Url};

use super::fault::{Wrong, ensure};
use super::field::{Setting, parsed};

/// A URL, kept as it was written because other parties compare it character by character.
///
/// It is absolute, has no fragment and no user name, and is `https`, or `http` on a loopback host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExactUrl {
    written: String,
    url: Url,
}

impl ExactUrl {
    /// Returns the URL as it was written in the configuration, byte for byte (RFC 9700 §4.1.3).
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// Returns the parsed URL.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.url
    }
}

impl fmt::Display for ExactUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

/// Parses a redirect URI (RFC 6749 §3.1.2): a query is allowed, a fragment is not.
impl FromStr for ExactUrl {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        let text = text.trim();
        Ok(Self {
            url: absolute(text)?,
            written: text.to_owned(),
        })
    }
}

/// Parses an issuer identifier (RFC 8414 §2). It has neither query nor fragment.
pub(super) fn issuer(text: &str) -> Result<ExactUrl, Wrong> {
    let url = Setting::parse(text)?;
    Ok(ExactUrl {
        written: text.to_owned(),
        url,
    })
}

impl Setting for ExactUrl {
    fn parse(text: &str) -> Result<Self, Wrong> {
        text.parse()
    }
}

impl<'de> Deserialize<'de> for ExactUrl {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        parsed(from, Setting::parse)
    }
}

/// Parses the base URL of a server, with an optional path prefix. It has neither query nor fragment.
impl Setting for Url {
    fn parse(text: &str) -> Result<Self, Wrong> {
        let url = absolute(text)?;
        ensure(
            url.query().is_none(),
            "has a query; leave out the ? and what follows",
        )?;
        Ok(url)
    }
}

const NOT_ABSOLUTE: &str =
    "is not an absolute URL; write scheme, host and path such as https://app.example.com/path";

/// Parses any URL that a browser may be redirected to or that this program may call.
fn absolute(text: &str) -> Result<Url, Wrong> {
    // Refused because the URL parser corrects these silently. The value would then differ from the one registered elsewhere.
    let is_odd = |c: char| c.is_whitespace() || c.is_control() || c == '\\';
    ensure(!text.contains(is_odd), NOT_ABSOLUTE)?;
    let url = Url::parse(text).map_err(|_| NOT_ABSOLUTE)?;
    let (scheme, rest) = text.split_once("://").ok_or(NOT_ABSOLUTE)?;
    let is_corrected = scheme.len() != url.scheme().len() || rest.starts_with('/');
    ensure(!is_corrected, NOT_ABSOLUTE)?;
    let host = url.host_str().ok_or(NOT_ABSOLUTE)?;
    ensure(!host.contains('*'), "has a wildcard as host; name one host")?;
    // Read from the text because the URL parser drops an empty user name (`https://@host`).
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    ensure(
        !authority.contains('@'),
        "has a user name or password in it; leave out everything up to the @",
    )?;
    ensure(
        url.fragment().is_none(),
        "has a fragment; leave out the # and what follows",
    )?;
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => {
            Err("is plain http to another machine; use https (http is for loopback only)".into())
        }
        _ => Err("is not an https URL; begin it with https://".into()),
    }
}

/// Returns true for `localhost`, names below it, 127.0.0.0/8 and ::1.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => false,
    }
}

/// A DNS name of at least two labels in lower case, without scheme, port, path or wildcard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostName(String);

impl HostName {
    /// Returns the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for HostName {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        parsed(from, Setting::parse)
    }
}

impl From<HostName> for String {
    fn from(name: HostName) -> Self {
        name.0
    }
}

impl Setting for HostName {
    fn parse(text: &str) -> Result<Self, Wrong> {
        let is_plain = text
            .chars()
            .all(|c| c.is_alphanumeric() || ".-".contains(c));
        let has_labels =
            |name: &str| name.contains('.') && name.split('.').all(|it| !it.is_empty());
        match Host::parse(text) {
            Ok(Host::Domain(name)) if is_plain && has_labels(&name) => Ok(Self(name)),
            _ => Err("is not a host name; write names such as example.com; their subdomains are included".into()),
        }
    }
}
