//! The only decoder: determines what a response of the provider means, whatever shape it has.
//!
//! Pure: takes the endpoint, the status, two headers and the body; returns the payload or the kind of failure. Content types are ignored, because
//! servers of this family send errors with 200 and pages in place of JSON. The decoder must never take a response without the expected payload for
//! a success. It must never keep text of a body that it could not read, because the text may contain tokens.

use std::time::Duration;

use super::json::{Object, Scalar};
use super::meaning::judge;
use super::signals::Signals;

/// The call that a response belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    Token,
    UserInfo,
    TopUp,
    Revocation,
    Registration,
}

/// Returns the names of which at least one makes an object the payload of the endpoint.
const fn marks(endpoint: Endpoint) -> &'static [&'static str] {
    match endpoint {
        Endpoint::Token => &["access_token"],
        Endpoint::UserInfo => &["id", "username", "email", "quota", "balance_formatted"],
        Endpoint::TopUp => &["topup_url"],
        Endpoint::Registration => &["client_id"],
        Endpoint::Revocation => &[],
    }
}

/// A response as it was received.
#[derive(Clone, Debug, Default)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// `Retry-After`, when it was given in seconds (RFC 9110 §10.2.3).
    pub(super) retry_after: Option<Duration>,
    /// `WWW-Authenticate` (RFC 6750 §3).
    pub(super) www_authenticate: Option<String>,
    /// The body, without its content coding.
    pub(super) body: Vec<u8>,
    /// Whether the content coding is unknown or the body does not match it. Then the body is not used, and only the status is judged.
    pub(super) is_undecodable: bool,
}

/// The kind of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    GrantRefused,
    TokenRefused,
    Forbidden,
    AccountDisabled,
    Misconfigured,
    Unavailable,
    Unusable,
}

/// A failure and the provider's text about it. The text is foreign and must be masked before any other use.
pub(super) struct Failure {
    pub(super) kind: Kind,
    pub(super) text: String,
}

/// Reads a response.
///
/// # Errors
///
/// A [`Failure`] for everything that is not a success with the payload of this endpoint.
pub(super) fn decode(endpoint: Endpoint, answer: &Answer) -> Result<Object, Failure> {
    let text = std::str::from_utf8(&answer.body)
        .ok()
        .map(|text| text.trim_start_matches('\u{feff}').trim());
    let object = text.and_then(Object::parse);
    let signals = Signals::read(object.as_ref(), answer.www_authenticate.as_deref());
    let is_success = (200..300).contains(&answer.status)
        && !answer.is_undecodable
        && !says_failure(object.as_ref());
    let described = describe(answer, text, object.as_ref(), &signals);
    if is_success && let Some(payload) = payload(endpoint, text, object) {
        return Ok(payload);
    }
    let kind = judge(endpoint, answer.status, &signals);
    // For a provider without this endpoint there is no link. This is not a failure.
    let is_absent = matches!(answer.status, 404 | 405 | 410);
    if endpoint == Endpoint::TopUp && is_absent && kind == Kind::Unusable {
        return Ok(Object::default());
    }
    Err(Failure {
        kind,
        text: described,
    })
}

/// Returns whether an object declares a failure, whatever the status.
fn says_failure(object: Option<&Object>) -> bool {
    let Some(object) = object else { return false };
    let refuses = match object.scalar("success") {
        Some(Scalar::Bool(success)) => !success,
        Some(Scalar::Text(text)) => text.eq_ignore_ascii_case("false"),
        Some(Scalar::Number(number)) => number == "0",
        None => false,
    };
    let has_error = match object.scalar("error") {
        Some(Scalar::Bool(error)) => error,
        Some(Scalar::Text(text)) => !text.is_empty(),
        Some(Scalar::Number(number)) => number != "0",
        None => object.object("error").is_some(),
    };
    let is_message = object
        .text("message")
        .is_some_and(|message| message.eq_ignore_ascii_case("error"));
    refuses || has_error || is_message
}

/// Returns the payload of a successful response: under `data` where it is there, otherwise the response itself.
fn payload(endpoint: Endpoint, text: Option<&str>, object: Option<Object>) -> Option<Object> {
    // A name with an object or a list as its value cannot be used.
    let is_usable = |value: Scalar| value.into_text().is_some();
    let is_payload = |object: &Object| {
        let mut names = marks(endpoint).iter();
        names.any(|name| object.scalar(name).is_some_and(is_usable))
    };
    match endpoint {
        // RFC 7009 §2.2: the body does not matter. A page does matter, because it means that there is no revocation endpoint at this address.
        Endpoint::Revocation => match object {
            Some(object) => Some(object),
            None if text.is_some_and(|text| !text.starts_with('<')) => Some(Object::default()),
            None => None,
        },
        // A response without a link is valid. `data` may be the link itself.
        Endpoint::TopUp => {
            let object = object?;
            Some(object.object("data").filter(is_payload).unwrap_or(object))
        }
        Endpoint::Token | Endpoint::UserInfo | Endpoint::Registration => {
            let object = object?;
            match object.object("data") {
                Some(inner) if is_payload(&inner) => Some(inner),
                _ => Some(object).filter(is_payload),
            }
        }
    }
}

/// Returns one line for the log. Of a body that is not an object it contains only the size and whether the body is a page.
fn describe(
    answer: &Answer,
    text: Option<&str>,
    object: Option<&Object>,
    signals: &Signals,
) -> String {
    let status = answer.status;
    if (300..400).contains(&status) {
        return format!("HTTP {status}, a redirect, not followed");
    }
    if let Some(said) = signals.summary() {
        return format!("HTTP {status}, {said}");
    }
    if answer.is_undecodable {
        return format!("HTTP {status}, in a content coding that cannot be decoded");
    }
    let size = answer.body.len();
    match text {
        _ if object.is_some() => format!("HTTP {status}, JSON without the expected members"),
        Some("") => format!("HTTP {status}, empty"),
        Some(text) if text.starts_with('<') => format!("HTTP {status}, a page of {size} bytes"),
        Some(_) => format!("HTTP {status}, not a JSON object, {size} bytes"),
        None => format!("HTTP {status}, not UTF-8, {size} bytes"),
    }
}
