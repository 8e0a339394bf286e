//! The address to which the browser is sent after the login: a path on this server's own origin, or `/`.
//!
//! An unchecked return address is an open redirector (RFC 9700 §4.11.1). So this code parses the address as a browser does (WHATWG URL)
//! and writes the redirect anew from the parsed parts.

use serde::{Deserialize, Serialize};
use url::Url;

use super::closed_paths::ClosedPaths;

/// Longest accepted address, in bytes, percent-encoded: sealed in the cookie of its login attempt it stays below the browsers' limit of
/// 4,096 bytes per cookie.
const MAX_BYTES: usize = 2_048;

/// A path on this server's own origin, with its query and fragment. It always begins with exactly one `/`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ReturnTo(String);

impl Default for ReturnTo {
    fn default() -> Self {
        Self("/".to_owned())
    }
}

/// Why a return address is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadReturnTo {
    /// The address leads, or could be made to lead, to another origin or to a route of the login.
    Elsewhere,
    /// The address leads to a page of this origin, but is longer than 2,048 bytes.
    TooLong,
}

impl BadReturnTo {
    /// Returns the reason as one word for the log.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Elsewhere => "elsewhere",
            Self::TooLong => "too_long",
        }
    }
}

impl ReturnTo {
    /// Parses `text` as an address on `origin` that is not one of the `closed` paths, because these refuse a request that arrives by a redirect from the
    /// provider's site.
    ///
    /// # Errors
    /// [`BadReturnTo`] when the address is refused.
    pub fn parse(text: &str, origin: &Url, closed: &ClosedPaths) -> Result<Self, BadReturnTo> {
        let address = Self::on(origin, text, closed).ok_or(BadReturnTo::Elsewhere)?;
        if address.0.len() > MAX_BYTES {
            return Err(BadReturnTo::TooLong);
        }
        Ok(address)
    }

    fn on(origin: &Url, text: &str, closed: &ClosedPaths) -> Option<Self> {
        let suspicious = |c: char| c.is_control() || c == '\\';
        if text.chars().any(suspicious) || text != text.trim() {
            return None;
        }
        let local = text.starts_with('/') && !text.starts_with("//");
        let absolute = text
            .split_once("://")
            .is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case(origin.scheme()));
        if !local && !absolute {
            return None;
        }
        let url = origin.join(text).ok()?;
        let has_user = !url.username().is_empty() || url.password().is_some();
        if url.origin() != origin.origin() || has_user {
            return None;
        }
        let path = url.path();
        let decoded = percent_encoding::percent_decode_str(path)
            .decode_utf8()
            .ok()?;
        if decoded.starts_with("//") || decoded.chars().any(suspicious) {
            return None;
        }
        // Compares the path as the router decodes it: `/%61uth/` is `/auth/`. This also decodes `%2f`, which the router does not, so that the check
        // is slightly stricter than the router.
        if closed.covers(&decoded) {
            return None;
        }
        Some(Self(url[url::Position::BeforePath..].to_owned()))
    }

    /// Returns the address for the `Location` header.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the address with `login=success` added to its query. Notices of an earlier login or logout are removed.
    #[must_use]
    pub fn after_login(&self) -> String {
        let (rest, fragment) = match self.0.split_once('#') {
            Some((rest, fragment)) => (rest, format!("#{fragment}")),
            None => (self.0.as_str(), String::new()),
        };
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let is_notice = |pair: &&str| {
            let name = pair.split('=').next().unwrap_or_default();
            name == "login" || (path == "/" && (name == "logout" || name == "error"))
        };
        let kept: Vec<&str> = query
            .split('&')
            .filter(|pair| !pair.is_empty() && !is_notice(pair))
            .chain(std::iter::once("login=success"))
            .collect();
        format!("{path}?{}{fragment}", kept.join("&"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn origin() -> Url {
        Url::parse("https://app.test").unwrap()
    }

    fn closed() -> ClosedPaths {
        let mut closed = ClosedPaths::default();
        closed.close("/topup");
        closed
    }

    fn parse(text: &str) -> Option<String> {
        ReturnTo::parse(text, &origin(), &closed())
            .ok()
            .map(|address| address.0)
    }

    #[test]
    fn places_of_our_own_survive() {
        for (given, kept) in [
            ("/", "/"),
            ("/orders?id=1#x", "/orders?id=1#x"),
            ("/a/../b", "/b"),
            ("/路徑", "/%E8%B7%AF%E5%BE%91"),
            ("https://app.test/orders", "/orders"),
            ("HTTPS://App.Test:443/orders", "/orders"),
            ("https://app.test", "/"),
            ("https://app.test?x=1", "/?x=1"),
            (
                "/search?next=https://evil.test/",
                "/search?next=https://evil.test/",
            ),
        ] {
            assert_eq!(parse(given).as_deref(), Some(kept), "{given:?}");
        }
    }

    /// Covers: RFC9700-4.11.1-1
    #[test]
    fn every_known_attack_is_refused() {
        let long = format!("/{}", "a".repeat(8192));
        for trick in [
            "",
            " ",
            "//evil.test",
            "///evil.test",
            "////evil.test",
            "/\\evil.test",
            "/a\\b",
            "/a\tb",
            "/a\nb",
            "\\\\evil.test",
            "\\/evil.test",
            "/%5cevil.test",
            "/%5Cevil.test",
            "/%2f%2fevil.test",
            "/%2Fevil.test",
            "/%2f/evil.test",
            "//%2fevil.test",
            "https:evil.test",
            "https:/evil.test",
            "https://evil.test",
            "HTTPS://EVIL.TEST",
            "http://app.test/",
            "https://app.test@evil.test",
            "https://app.test:443@evil.test/",
            "https://app.test.evil.test",
            "https://app.test%2eevil.test",
            "https://app.test%00.evil.test/",
            "https://user:pass@app.test/",
            "https://app.test:8443/",
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "java\nscript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
            "blob:https://app.test/x",
            "/a/../..//evil.test",
            "/..//evil.test",
            "/.//evil.test",
            "/./\\evil.test",
            "/a/..//evil.test",
            "/%2e%2e//evil.test",
            "/%2e//evil.test",
            "/%09/evil.test",
            "/\t/evil.test",
            "\t//evil.test",
            "\r\n//evil.test",
            "/\r\nSet-Cookie: a=b",
            "/%0d%0aSet-Cookie:a=b",
            "/\0",
            "/%00",
            "/\u{7f}",
            "evil.test",
            "evil.test/",
            "@evil.test",
            ".evil.test",
            ":80",
            "?x",
            "#x",
            "../x",
            "./x",
            "/auth/oauth/start",
            "/auth/logout",
            "/oauth/callback?code=a&state=b",
            "/oauth/callback.html",
            "/api/user/info",
            "/topup",
            "/topup?x#y",
            "/x/../auth/oauth/start",
            "/%61uth/oauth/start",
            "/top%75p",
            " /x",
            "/x ",
            "\u{a0}//evil.test",
            "/%ff",
            "/%E2%80%AE%00",
            "//evil.test/%2f..",
            "///app.test@evil.test",
            "/\u{85}/evil.test",
            "https:\\\\evil.test",
            "https:/\\evil.test",
            "http:///evil.test",
            "//[::1]/",
            "//127.1/",
            "ftp://app.test/",
            long.as_str(),
        ] {
            assert_eq!(parse(trick), None, "{trick:?}");
        }
    }

    #[test]
    fn the_longest_address_is_taken_and_a_longer_one_is_not() {
        let longest = format!("/{}", "a".repeat(MAX_BYTES - 1));
        assert_eq!(parse(&longest), Some(longest.clone()));
        let too_long = Err(BadReturnTo::TooLong);
        for long in [
            format!("{longest}a"),
            format!("https://app.test{longest}a"),
            // Within the limit as received, above it when percent-encoded.
            format!("/{}", "é".repeat(MAX_BYTES / 4)),
        ] {
            assert_eq!(ReturnTo::parse(&long, &origin(), &closed()), too_long);
        }
        // Above the limit as received, within it after parsing.
        for (long, kept) in [
            (format!("https://app.test{longest}"), longest.as_str()),
            (format!("{}/b", "/a/..".repeat(MAX_BYTES)), "/b"),
        ] {
            assert_eq!(parse(&long).as_deref(), Some(kept));
        }
        let elsewhere = format!("//evil.test{longest}a");
        let refused = ReturnTo::parse(&elsewhere, &origin(), &closed());
        assert_eq!(refused, Err(BadReturnTo::Elsewhere));
    }

    #[test]
    fn the_success_mark_replaces_older_marks_and_keeps_the_rest() {
        for (given, after) in [
            ("/", "/?login=success"),
            ("/orders?id=1#x", "/orders?id=1&login=success#x"),
            ("/?error=access_denied", "/?login=success"),
            ("/?logout=success&tab=2", "/?tab=2&login=success"),
            ("/list?error=1&login=old", "/list?error=1&login=success"),
        ] {
            assert_eq!(ReturnTo(given.to_owned()).after_login(), after);
        }
    }

    proptest! {
        /// Covers: RFC9700-4.11.1-1
        #[test]
        fn an_accepted_address_resolves_to_our_own_origin(text in "(/|//|\\\\|https:|%2f|%5c|\\.|@|evil\\.test|app\\.test|\\?|#|[ -~]|\t|é){0,24}") {
            if let Ok(address) = ReturnTo::parse(&text, &origin(), &closed()) {
                let landed = origin().join(address.as_str()).unwrap();
                prop_assert_eq!(landed.origin(), origin().origin());
                let marked = origin().join(&address.after_login()).unwrap();
                prop_assert_eq!(marked.origin(), origin().origin());
                // Parsing the address again changes nothing.
                prop_assert_eq!(ReturnTo::parse(address.as_str(), &origin(), &closed()), Ok(address));
            }
        }
    }
}
