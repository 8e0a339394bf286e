//! Rewrites a success of the token endpoint as the plain RFC 6749 §5.1 response that the `oauth2` crate reads.
//!
//! This module defines the tolerances: what may be absent, misspelt or too large. It must never invent a token.

use std::time::Duration;

use serde_json::json;

use crate::domain::DEFAULT_ACCESS_TOKEN_LIFETIME;
use crate::domain::provider::{Json, Scalar};

/// Maximum lifetime that is accepted for an access token. A token with a longer lifetime is renewed after this time.
const MAX_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// Maximum length of a token, in bytes. Tokens are stored with the session, and the access token is sent in a header of every call. Servers accept
/// request heads of 8 or 16 KiB.
const LONGEST_TOKEN: usize = 16 * 1024;

/// Maximum length of a scope, in bytes. Words beyond it are dropped.
const LONGEST_SCOPE: usize = 1024;

/// Token types that this client cannot use (RFC 6749 §7.1). Any other value is treated as Bearer, because servers of this family send various
/// values.
const OTHER_TYPES: [&str; 4] = ["mac", "dpop", "pop", "n_a"];

/// Why a response with an access token cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BadGrant {
    /// The access token is not a string, is empty, is too long, or cannot be sent in a header.
    AccessToken,
    /// The refresh token is too long.
    RefreshToken,
    /// This client cannot use the token type.
    TokenType,
}

/// Returns the body of a plain RFC 6749 §5.1 response with the same tokens.
pub(super) fn normalise(object: &Json) -> Result<Vec<u8>, BadGrant> {
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

/// Returns the lifetime in whole seconds: at least one second, at most a day; two hours when the provider sends no usable value.
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

/// Returns the granted scope as a list of words, from a string or a list of strings.
fn scope(object: &Json) -> Option<String> {
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
