//! A response of a provider, before a decoder has read it.

use std::time::Duration;

use super::json::Json;

/// A response of a provider as it was received. It has no `Debug`, because its body may hold tokens.
#[derive(Clone, Default)]
pub struct ProviderResponse {
    /// The status code.
    pub status: u16,
    /// `Retry-After`, when it was given in seconds (RFC 9110 §10.2.3).
    pub retry_after: Option<Duration>,
    /// `WWW-Authenticate` (RFC 6750 §3).
    pub www_authenticate: Option<String>,
    /// The body, without its content coding.
    pub body: Vec<u8>,
    /// Whether the content coding is unknown or the body does not match it. Then the body must not be used, and only the status counts.
    pub is_undecodable: bool,
}

impl ProviderResponse {
    /// Returns whether the status is 2xx and the body can be read. Some providers also send errors this way.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status) && !self.is_undecodable
    }

    /// Returns the body as text without byte order mark and surrounding white space; `None` when it is not UTF-8.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        let text = std::str::from_utf8(&self.body).ok()?;
        Some(text.trim_start_matches('\u{feff}').trim())
    }

    /// Returns the body as JSON, whatever the content type says.
    #[must_use]
    pub fn json(&self) -> Option<Json> {
        Json::parse(self.text()?)
    }

    /// Returns whether the body is a page.
    #[must_use]
    pub fn is_page(&self) -> bool {
        self.text().is_some_and(|text| text.starts_with('<'))
    }

    /// Returns the `error` of a `Bearer` challenge (RFC 6750 §3).
    #[must_use]
    pub fn challenge_error(&self) -> Option<&str> {
        let challenge = self.www_authenticate.as_deref()?;
        let start = challenge.to_ascii_lowercase().find("error=")? + "error=".len();
        let value = challenge[start..].trim_start_matches('"');
        let end = value
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-')
            .unwrap_or(value.len());
        Some(&value[..end])
    }

    /// Returns one line for the log: the status, with what the provider says about its error, when the decoder found that. Of any other body it holds
    /// only the kind and the size, because the text may contain tokens.
    #[must_use]
    pub fn describe(&self, error: Option<&str>) -> String {
        let status = self.status;
        if (300..400).contains(&status) {
            return format!("HTTP {status}, a redirect, not followed");
        }
        if let Some(error) = error {
            return format!("HTTP {status}, {error}");
        }
        if self.is_undecodable {
            return format!("HTTP {status}, in a content coding that cannot be decoded");
        }
        let size = self.body.len();
        match self.text() {
            _ if self.json().is_some_and(|json| json.is_object()) => {
                format!("HTTP {status}, JSON without the expected members")
            }
            Some("") => format!("HTTP {status}, empty"),
            Some(_) if self.is_page() => format!("HTTP {status}, a page of {size} bytes"),
            Some(_) => format!("HTTP {status}, not a JSON object, {size} bytes"),
            None => format!("HTTP {status}, not UTF-8, {size} bytes"),
        }
    }
}
