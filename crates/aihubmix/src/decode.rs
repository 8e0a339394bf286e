//! The decoder: determines what a response of AIHubMix means, whatever shape it has.
//!
//! Content types are ignored, because servers of this family send errors with 200 and pages in place of JSON. The decoder must never take a response
//! without the expected payload for a success. It must never keep text of a body that it could not read, because the text may contain tokens.

use bff_core::provider::{Endpoint, Failure, FailureKind, Json, ProviderResponse, Scalar};

use super::classify::classify;
use super::error_fields::ErrorFields;
use super::paths::TOPUP;
use super::phrases::speaks_of_reuse;

/// Reads a response.
///
/// # Errors
///
/// A [`Failure`] for everything that is not a success with the payload of this endpoint.
pub(super) fn decode(endpoint: Endpoint<'_>, response: &ProviderResponse) -> Result<Json, Failure> {
    let json = response.json();
    let object = json.as_ref().filter(|json| json.is_object());
    if response.is_success()
        && !object.is_some_and(declares_failure)
        && let Some(payload) = payload(endpoint, response, json.as_ref())
    {
        return Ok(payload);
    }
    let fields = ErrorFields::new(object, response.challenge_error());
    let kind = classify(endpoint, response.status, &fields);
    // For a server without this endpoint there is no link. This is not a failure.
    let is_absent = matches!(response.status, 404 | 405 | 410);
    if endpoint == Endpoint::Api(TOPUP) && is_absent && kind == FailureKind::Unusable {
        return Ok(Json::default());
    }
    let text = response.describe(fields.summary().as_deref());
    Err(Failure {
        kind,
        is_reuse: kind == FailureKind::GrantRefused && speaks_of_reuse(&text),
        text,
    })
}

/// Returns whether an object declares a failure, whatever the status.
fn declares_failure(object: &Json) -> bool {
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

/// Returns the payload of a successful response.
fn payload(
    endpoint: Endpoint<'_>,
    response: &ProviderResponse,
    json: Option<&Json>,
) -> Option<Json> {
    match endpoint {
        Endpoint::Token => with_one_of(&["access_token"], json?),
        Endpoint::UserInfo => {
            let names = ["id", "username", "email", "quota", "balance_formatted"];
            with_one_of(&names, json?)
        }
        Endpoint::Registration => with_one_of(&["client_id"], json?),
        // RFC 7009 §2.2: the body does not matter. A page does matter, because it means that there is no revocation endpoint at this address.
        Endpoint::Revocation => {
            let is_readable = response.text().is_some() && !response.is_page();
            is_readable.then(|| json.cloned().unwrap_or_default())
        }
        // A response without a link is valid. `data` may be the link itself.
        Endpoint::Api(TOPUP) => {
            let object = json.filter(|json| json.is_object())?;
            Some(with_one_of(&["topup_url"], object).unwrap_or_else(|| object.clone()))
        }
        // The meaning of other paths is not known here. A success may have no body (204).
        Endpoint::Api(_) if response.body.is_empty() => Json::parse("null"),
        Endpoint::Api(_) => json.cloned(),
    }
}

/// Returns the object that has a usable value under one of these names: under `data` where it is there, otherwise the response itself.
fn with_one_of(names: &[&str], response: &Json) -> Option<Json> {
    // A name with an object or a list as its value cannot be used.
    let is_usable = |value: Scalar| value.into_text().is_some();
    let is_payload = |object: &Json| {
        let mut names = names.iter();
        names.any(|name| object.scalar(name).is_some_and(is_usable))
    };
    match response.object("data") {
        Some(inner) if is_payload(&inner) => Some(inner),
        _ => Some(response).filter(|json| is_payload(json)).cloned(),
    }
}
