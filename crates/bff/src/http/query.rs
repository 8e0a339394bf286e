//! Query parameters with strict parsing: a repeated parameter can be refused (RFC 6749 §3.1).

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use percent_encoding::percent_decode_str;

use super::api_error::ApiError;
use crate::domain::ErrorCode;

/// Largest query, in bytes, that is parsed.
const MAX_BYTES: usize = 16 * 1024;

/// The decoded parameters of a request, in order.
pub struct Query(Vec<(String, String)>);

/// Error: a parameter occurred more than once.
#[derive(Clone, Copy, Debug)]
pub struct Repeated;

impl Query {
    /// Parses a query string. Returns `None` when it is too long or has malformed percent-coding or UTF-8.
    fn parse(text: &str) -> Option<Self> {
        if text.len() > MAX_BYTES || !has_sound_percent_coding(text) {
            return None;
        }
        let decode = |part: &str| {
            let spaced = part.replace('+', " ");
            percent_decode_str(&spaced)
                .decode_utf8()
                .ok()
                .map(std::borrow::Cow::into_owned)
        };
        text.split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                Some((decode(name)?, decode(value)?))
            })
            .collect::<Option<_>>()
            .map(Self)
    }

    /// Returns the parameters of `request`, or `None` when they are malformed.
    pub fn from_http(request: &HttpRequest) -> Option<Self> {
        Self::parse(request.query_string())
    }

    /// Returns the value of `name`, if it is present.
    ///
    /// # Errors
    /// Returns [`Repeated`] when it is present more than once.
    pub fn one(&self, name: &str) -> Result<Option<&str>, Repeated> {
        let mut values = self
            .0
            .iter()
            .filter(|(other, _)| other == name)
            .map(|(_, value)| value.as_str());
        let first = values.next();
        if values.next().is_some() {
            Err(Repeated)
        } else {
            Ok(first)
        }
    }

    /// Returns the first value of `name`, for parameters that may be repeated without harm.
    pub fn first(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(other, _)| other == name)
            .map(|(_, value)| value.as_str())
    }

    /// Returns whether the first value of `name` is this value.
    pub fn says(&self, name: &str, value: &str) -> bool {
        self.first(name) == Some(value)
    }
}

fn has_sound_percent_coding(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.iter().enumerate().all(|(at, byte)| {
        *byte != b'%'
            || bytes
                .get(at + 1..at + 3)
                .is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

impl FromRequest for Query {
    type Error = ApiError;
    type Future = std::future::Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(Self::from_http(request).ok_or_else(|| ErrorCode::BadRequest.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded_and_repetitions_noticed() {
        let query = Query::parse("code=a%2Bb+c&state=s&&x&state=t").unwrap();
        assert_eq!(query.one("code").unwrap(), Some("a+b c"));
        assert!(query.one("state").is_err());
        assert_eq!(query.one("x").unwrap(), Some(""));
        assert_eq!(query.one("error").unwrap(), None);
    }

    #[test]
    fn a_query_that_cannot_be_decoded_is_refused() {
        for broken in [
            "a=%",
            "a=%4",
            "a=%zz",
            "a=%ff",
            "%c3=1",
            &"a".repeat(MAX_BYTES + 1),
        ] {
            assert!(Query::parse(broken).is_none(), "{broken:.20}");
        }
    }
}
