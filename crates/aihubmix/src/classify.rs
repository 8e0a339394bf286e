//! Classifies a failure by the codes and messages of its response: a part of the decoder.
//!
//! A refused grant ends a session, so at the token endpoint only a definite statement counts: a code, or a message that names both the object and
//! the verdict. At a resource endpoint a wrong guess costs one refresh, so any word about the token is enough.

use bff_core::provider::{Endpoint, FailureKind};

use super::error_fields::ErrorFields;
use super::phrases::{Messages, Topic, has_any, topic};

/// Returns the kind of failure of this response.
pub(super) fn classify(endpoint: Endpoint<'_>, status: u16, fields: &ErrorFields) -> FailureKind {
    if status == 429 {
        return FailureKind::Unavailable;
    }
    let messages = Messages::new(&fields.messages);
    match endpoint {
        Endpoint::Token | Endpoint::Revocation => classify_grant(status, fields, &messages),
        Endpoint::UserInfo | Endpoint::Registration | Endpoint::Api(_) => {
            classify_resource(status, fields, &messages)
        }
    }
}

fn classify_grant(status: u16, fields: &ErrorFields, messages: &Messages) -> FailureKind {
    let by_code = fields.codes.iter().find_map(|code| match topic(code)? {
        Topic::Grant => Some(FailureKind::GrantRefused),
        Topic::Token => {
            (may_refuse_grant(status) && is_definite(code)).then_some(FailureKind::GrantRefused)
        }
        Topic::Account => Some(FailureKind::AccountDisabled),
        Topic::Client => Some(FailureKind::Misconfigured),
        Topic::Permission => Some(FailureKind::Forbidden),
        Topic::Temporary => Some(FailureKind::Unavailable),
        Topic::SignIn => None,
    });
    if let Some(kind) = by_code {
        return kind;
    }
    match status {
        408 | 500.. => FailureKind::Unavailable,
        300..=399 => FailureKind::Unusable,
        _ if messages.are_temporary() => FailureKind::Unavailable,
        _ if messages.blame_client() => FailureKind::Misconfigured,
        _ if messages.blame_account() => FailureKind::AccountDisabled,
        _ if may_refuse_grant(status) && messages.refuse_grant() => FailureKind::GrantRefused,
        // No message is about the grant, so the client itself was refused (RFC 6749 §5.2).
        401 | 403 => FailureKind::Misconfigured,
        _ => FailureKind::Unusable,
    }
}

/// Returns whether a code about a token is a verdict on the token, and not on the request or the address.
fn is_definite(code: &str) -> bool {
    has_any(code, "invalid|expired|revoked|used|reuse")
        && !has_any(code, "request|type|endpoint|csrf")
}

/// Returns whether a statement weaker than `invalid_grant` counts at this status. A wrong address answers 404 with words such as "Invalid URL (POST
/// …/token)", and a broken provider answers 500 with any messages. Neither may end a session.
const fn may_refuse_grant(status: u16) -> bool {
    matches!(status, 200..=299 | 400 | 401 | 403 | 422)
}

fn classify_resource(status: u16, fields: &ErrorFields, messages: &Messages) -> FailureKind {
    let topics = || fields.codes.iter().filter_map(|code| topic(code));
    if status == 401 {
        let is_account = topics().any(|topic| topic == Topic::Account) || messages.blame_account();
        return if is_account {
            FailureKind::AccountDisabled
        } else {
            FailureKind::TokenRefused
        };
    }
    let by_code = topics().next().map(|topic| match topic {
        Topic::Grant | Topic::Token | Topic::SignIn => FailureKind::TokenRefused,
        Topic::Account => FailureKind::AccountDisabled,
        Topic::Client => FailureKind::Misconfigured,
        Topic::Permission => FailureKind::Forbidden,
        Topic::Temporary => FailureKind::Unavailable,
    });
    if let Some(kind) = by_code {
        return kind;
    }
    let is_auth_type = fields
        .error_type
        .as_deref()
        .is_some_and(|kind| kind.contains("authentication"));
    match status {
        300..=399 => FailureKind::Unusable,
        500.. if messages.refuse_token() && !messages.are_temporary() => FailureKind::TokenRefused,
        408 | 500.. => FailureKind::Unavailable,
        _ if messages.blame_account() => FailureKind::AccountDisabled,
        _ if messages.speak_of_scope() => FailureKind::Forbidden,
        _ if messages.refuse_token() => FailureKind::TokenRefused,
        _ if messages.are_temporary() => FailureKind::Unavailable,
        _ if messages.speak_of_permission() || status == 403 => FailureKind::Forbidden,
        _ if messages.speak_of_token() || is_auth_type => FailureKind::TokenRefused,
        _ => FailureKind::Unusable,
    }
}
