//! Judges the codes and words of a response: a part of the decoder.
//!
//! A refused grant ends a session, so at the token endpoint only a definite statement counts: a code, or a message that names both the object and
//! the verdict. At a resource endpoint a wrong guess costs one refresh, so any word about the token is enough.

use super::decode::{Endpoint, Kind};
use super::signals::Signals;
use super::words::{Topic, Words, has_any, topic};

/// Returns the kind of failure of this response.
pub(super) fn judge(endpoint: Endpoint, status: u16, signals: &Signals) -> Kind {
    if status == 429 {
        return Kind::Unavailable;
    }
    let words = Words::of(&signals.messages);
    match endpoint {
        Endpoint::Token | Endpoint::Revocation => judge_grant(status, signals, &words),
        Endpoint::UserInfo | Endpoint::TopUp | Endpoint::Registration => {
            judge_resource(status, signals, &words)
        }
    }
}

fn judge_grant(status: u16, signals: &Signals, words: &Words) -> Kind {
    let by_code = signals.codes.iter().find_map(|code| match topic(code)? {
        Topic::Grant => Some(Kind::GrantRefused),
        Topic::Token => {
            (may_refuse_grant(status) && is_definite(code)).then_some(Kind::GrantRefused)
        }
        Topic::Account => Some(Kind::AccountDisabled),
        Topic::Client => Some(Kind::Misconfigured),
        Topic::Permission => Some(Kind::Forbidden),
        Topic::Passing => Some(Kind::Unavailable),
        Topic::SignIn => None,
    });
    if let Some(kind) = by_code {
        return kind;
    }
    match status {
        408 | 500.. => Kind::Unavailable,
        300..=399 => Kind::Unusable,
        _ if words.are_passing() => Kind::Unavailable,
        _ if words.blame_client() => Kind::Misconfigured,
        _ if words.blame_account() => Kind::AccountDisabled,
        _ if may_refuse_grant(status) && words.refuse_grant() => Kind::GrantRefused,
        // There is no word about the grant, so the client itself was refused (RFC 6749 §5.2).
        401 | 403 => Kind::Misconfigured,
        _ => Kind::Unusable,
    }
}

/// Returns whether a code about a token is a verdict on the token, and not on the request or the address.
fn is_definite(code: &str) -> bool {
    has_any(code, "invalid|expired|revoked|used|reuse")
        && !has_any(code, "request|type|endpoint|csrf")
}

/// Returns whether a sign weaker than `invalid_grant` counts at this status. A wrong address answers 404 with words such as "Invalid URL (POST
/// …/token)", and a broken provider answers 500 with any words. Neither may end a session.
const fn may_refuse_grant(status: u16) -> bool {
    matches!(status, 200..=299 | 400 | 401 | 403 | 422)
}

fn judge_resource(status: u16, signals: &Signals, words: &Words) -> Kind {
    let topics = || signals.codes.iter().filter_map(|code| topic(code));
    if status == 401 {
        let is_account = topics().any(|topic| topic == Topic::Account) || words.blame_account();
        return if is_account {
            Kind::AccountDisabled
        } else {
            Kind::TokenRefused
        };
    }
    let by_code = topics().next().map(|topic| match topic {
        Topic::Grant | Topic::Token | Topic::SignIn => Kind::TokenRefused,
        Topic::Account => Kind::AccountDisabled,
        Topic::Client => Kind::Misconfigured,
        Topic::Permission => Kind::Forbidden,
        Topic::Passing => Kind::Unavailable,
    });
    if let Some(kind) = by_code {
        return kind;
    }
    let is_auth_type = signals
        .kind
        .as_deref()
        .is_some_and(|kind| kind.contains("authentication"));
    match status {
        300..=399 => Kind::Unusable,
        500.. if words.refuse_token() && !words.are_passing() => Kind::TokenRefused,
        408 | 500.. => Kind::Unavailable,
        _ if words.blame_account() => Kind::AccountDisabled,
        _ if words.speak_of_scope() => Kind::Forbidden,
        _ if words.refuse_token() => Kind::TokenRefused,
        _ if words.are_passing() => Kind::Unavailable,
        _ if words.speak_of_permission() || status == 403 => Kind::Forbidden,
        _ if words.speak_of_token() || is_auth_type => Kind::TokenRefused,
        _ => Kind::Unusable,
    }
}
