//! The token endpoint's success, rewritten as the plain answer of RFC 6749 §5.1 that the `oauth2` crate reads.
//!
//! Here live the tolerances: what may be absent, misspelt or too large. It must never make a token up.

use std::time::Duration;

use serde_json::json;

use super::json::{Object, Scalar};
use crate::domain::DEFAULT_ACCESS_TOKEN_LIFETIME;

/// The longest that an access token is believed to live; beyond it the token is renewed all the same.
const MAX_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// The longest token that is kept, in bytes. Tokens are stored with the session, and the access token goes into a header of every call; servers
/// take heads of 8 or 16 KiB.
const LONGEST_TOKEN: usize = 16 * 1024;

/// The longest scope that is kept, in bytes; words beyond it are left out.
const LONGEST_SCOPE: usize = 1024;

/// Token types that this client cannot use (RFC 6749 §7.1). Any other word is taken for Bearer: servers of this family write
/// all kinds of things there.
const OTHER_TYPES: [&str; 4] = ["mac", "dpop", "pop", "n_a"];

/// Why an answer with an access token cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BadGrant {
    /// The access token is not a string, is empty, is too long, or cannot stand in a header.
    AccessToken,
    /// The refresh token is too long.
    RefreshToken,
    /// The token type is one that we cannot use.
    TokenType,
}

/// The body of a plain RFC 6749 §5.1 answer with the same tokens.
pub(super) fn normalise(object: &Object) -> Result<Vec<u8>, BadGrant> {
    let access_token = object.text("access_token").ok_or(BadGrant::AccessToken)?;
    let is_header = |b| b == b' ' || u8::is_ascii_graphic(&b);
    if access_token.len() > LONGEST_TOKEN || !access_token.bytes().all(is_header) {
        return Err(BadGrant::AccessToken);
    }
    let token_type = object.text("token_type").unwrap_or_default();
    if OTHER_TYPES.contains(&token_type.trim().to_ascii_lowercase().as_str()) {
        return Err(BadGrant::TokenType);
    }
    let mut plain = json!({
        "access_token": access_token,
        "token_type": "bearer",
        "expires_in": lifetime(object.scalar("expires_in")).as_secs(),
    });
    if let Some(refresh_token) = object.text("refresh_token") {
        if refresh_token.len() > LONGEST_TOKEN {
            return Err(BadGrant::RefreshToken);
        }
        plain["refresh_token"] = refresh_token.into();
    }
    if let Some(scope) = scope(object) {
        plain["scope"] = scope.into();
    }
    Ok(plain.to_string().into_bytes())
}

/// Whole seconds, at least one, at most a day; two hours where the provider says nothing usable.
fn lifetime(sent: Option<Scalar>) -> Duration {
    let seconds: Option<f64> = sent
        .and_then(Scalar::into_text)
        .and_then(|text| text.trim().parse().ok());
    match seconds {
        Some(seconds) if seconds > 0.0 => {
            let seconds = seconds.clamp(1.0, MAX_LIFETIME.as_secs_f64());
            Duration::from_secs(Duration::from_secs_f64(seconds).as_secs())
        }
        _ => DEFAULT_ACCESS_TOKEN_LIFETIME,
    }
}

/// The granted scope as a list of words, from a string or a list of strings.
fn scope(object: &Object) -> Option<String> {
    let sent = object
        .text("scope")
        .or_else(|| Some(object.texts("scope")?.join(" ")))?;
    let mut length = 0;
    let words = sent.split_whitespace().take_while(|word| {
        length += word.len() + 1;
        length <= LONGEST_SCOPE + 1
    });
    let words: Vec<&str> = words.collect();
    (!words.is_empty()).then(|| words.join(" "))
}
