//! The path and query that a browser requests from an upstream. Only those are accepted that every server reads in the same way.
//!
//! Servers differ in when they decode, in which characters they take for separators, and in how often they decode. So every request that has two
//! readings is refused, and the rest is sent byte for byte. An encoded slash is accepted where the operator allows it, if both readings lead to the
//! same place or below.

use percent_encoding::percent_decode_str;

/// A checked path and query. The path begins with `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    path: String,
    query: Option<String>,
}

impl Target {
    /// Parses the path and query after `/api/proxy/{name}`, as received; `None` when a part of them has two readings. With `encoded_slash` the path
    /// may contain `%2F`: it separates nothing, and the path must not lead elsewhere for a server that takes it for a separator.
    #[must_use]
    pub fn parse(path: &str, query: Option<&str>, encoded_slash: bool) -> Option<Self> {
        let is_sound = is_plain_path(path, encoded_slash) && query.is_none_or(is_plain_query);
        is_sound.then(|| Self {
            path: path.to_owned(),
            query: query.map(str::to_owned),
        })
    }

    /// Returns the path, as received.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the query, as received.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        self.query.as_deref()
    }
}

fn is_plain_path(path: &str, encoded_slash: bool) -> bool {
    // The unencoded characters of RFC 3986 §3.3, then those that browsers do not encode (URL Standard, path percent-encode set).
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/-._~:@!$&'()*+,;=%[]^|".contains(c);
    let may_be = |byte| may_be_escaped(byte) || (encoded_slash && byte == b'/');
    path.starts_with('/')
        && !path.contains("//")
        && path.chars().all(is_plain)
        && escapes(path).is_some_and(|all| all.into_iter().all(may_be))
        // An overlong encoding of a separator is not valid UTF-8.
        && percent_decode_str(path)
            .decode_utf8()
            .is_ok_and(|path| !path.chars().any(char::is_control) && !climbs(&path))
}

/// Returns the bytes that are written as `%XX`; `None` when a `%` is followed by anything else.
fn escapes(text: &str) -> Option<Vec<u8>> {
    text.split('%')
        .skip(1)
        .map(|rest| {
            let digits = rest.get(..2)?;
            let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
            is_hex.then(|| u8::from_str_radix(digits, 16).ok())?
        })
        .collect()
}

/// Returns whether `%XX` may stand for this byte. Separators are refused. Unreserved characters are refused too, because they need no escape, and
/// an escaped one can only mislead a server.
fn may_be_escaped(byte: u8) -> bool {
    !byte.is_ascii_alphanumeric() && !b"-._~/\\%?#".contains(&byte)
}

/// Returns whether a segment of the decoded path leads upwards, also for a server that cuts parameters off first (`/..;x/`).
fn climbs(path: &str) -> bool {
    path.split('/').any(|part| {
        let name = part.split(';').next().unwrap_or_default();
        name == "." || name == ".."
    })
}

/// Returns whether the query has only characters that browsers send, and no access token (RFC 6750 §2.3, RFC 9700 §4.3.2).
fn is_plain_query(query: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_graphic() && !"\"<>#".contains(c);
    query.chars().all(is_plain)
        && !url::form_urlencoded::parse(query.as_bytes())
            .any(|(name, _)| name.eq_ignore_ascii_case("access_token"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use url::Url;

    use super::*;
    use crate::provider::endpoint;

    /// Covers: BFF-6.1.3.6-1
    #[test]
    fn an_ambiguous_target_is_refused() {
        for path in [
            "",
            "v1",
            "//evil.test/",
            "/v1//x",
            "/v1/",
            "/../x",
            "/v1/..",
            "/v1/./x",
            "/v1/%2e%2e/x",
            "/v1/%2E./x",
            "/v1/..%2fx",
            "/v1%2Fx",
            "/v1/%252e",
            "/\\evil.test",
            "/v1/%5cx",
            "/v1/;/../x",
            "/v1/..;/x",
            "/v1/..;a=b/x",
            "/v1/..%3b/x",
            "/v1/%00",
            "/v1/%0a",
            "/v1/%7f",
            "/v1/%23/../x",
            "/v1/%23",
            "/v1/%3f",
            "/v1/%c0%ae%c0%ae/x",
            "/v1/%c0%af",
            "/v1/%e0%80%af",
            "/v1/%c2%85",
            "/v1/%",
            "/v1/%2",
            "/v1/%zz",
            "/v1/%+1",
            "/v1/%61",
            "/v1/a b",
            "/v1/a\"b",
            "/v1/ä",
            "/v1/{x}",
            "/v1/a`b",
        ] {
            let is_taken = Target::parse(path, None, false).is_some();
            assert_eq!(is_taken, path == "/v1/", "{path}");
            // Allowing an encoded slash makes a path acceptable only where the slash was its only fault.
            let is_taken = Target::parse(path, None, true).is_some();
            assert_eq!(is_taken, matches!(path, "/v1/" | "/v1%2Fx"), "{path}");
        }
        for query in [
            "access_token=x",
            "a=b&access_token=x",
            "%61ccess_token=x",
            "Access_Token",
            "a#b",
            "a b",
            "a\tb",
            "a=\u{e4}",
            "a=\"b\"",
        ] {
            assert!(
                Target::parse("/v1/x", Some(query), true).is_none(),
                "{query}"
            );
        }
    }

    #[test]
    fn an_unambiguous_target_is_kept_unchanged() {
        for (path, query) in [
            ("/", None),
            ("/v1/models", Some("limit=2&after=%2e%2e%2f&x[]=1&y={z}|")),
            ("/v1/files/a%20b%E4%BD%A0.txt", Some("")),
            (
                "/v1/gpt-4o:free@2024/..x/x../a;v=1,2",
                Some("token=x&a=/../?b"),
            ),
            ("/v1/@evil.test", None),
            ("/v1/[a]^b|c]", None),
        ] {
            let target = Target::parse(path, query, false).unwrap_or_else(|| panic!("{path}"));
            assert_eq!((target.path(), target.query()), (path, query));
        }
    }

    proptest! {
        /// The URL library produces the URL that was checked: same origin, same path, below the same prefix.
        /// Covers: BFF-6.1.3.6-1
        #[test]
        fn an_accepted_target_leads_to_its_own_path(
            path in "/([a-z.;%/@:\\\\\\[\\]^|]|%2e|%2f|%2F|%5c|%00|\\.\\.){0,12}",
            encoded_slash: bool,
        ) {
            let base = Url::parse("https://api.test/base").unwrap();
            if let Some(target) = Target::parse(&path, None, encoded_slash) {
                let url = endpoint(&base, target.path()).unwrap();
                prop_assert_eq!(url.as_str(), format!("https://api.test/base{path}"));
                // The path leads to the same place for a server that decodes it before it splits it.
                let decoded = path.replace("%2f", "/").replace("%2F", "/");
                prop_assert!(!decoded.split('/').any(|part| part == "." || part == ".."));
                prop_assert!(encoded_slash || decoded == path);
            }
        }
    }
}
