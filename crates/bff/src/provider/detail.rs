//! Text for the log: the provider's text, made harmless.
//!
//! A [`Detail`] must never hold a secret, a control character or more than [`MAX_CHARS`] characters. Every error of the provider client carries
//! one.

use std::error::Error;
use std::fmt;

use zeroize::Zeroizing;

/// Maximum number of characters that are kept.
const MAX_CHARS: usize = 200;

/// Minimum length of a run of token characters that is masked as a secret when it contains a digit.
const OPAQUE_RUN: usize = 16;

/// Minimum length of a run of token characters that is always masked as a secret.
const LONG_RUN: usize = 40;

const MASK: &str = "***";

/// The secrets of a call. They are masked in every text about it.
#[derive(Default)]
pub(super) struct Secrets(Vec<Zeroizing<String>>);

impl Secrets {
    /// Adds `secret`, as it is and as it is encoded in a form or a URL.
    pub(super) fn add(&mut self, secret: &str) {
        if secret.is_empty() {
            return;
        }
        let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        let percent =
            percent_encoding::utf8_percent_encode(secret, percent_encoding::NON_ALPHANUMERIC);
        self.0.push(Zeroizing::new(percent.to_string()));
        self.0.push(Zeroizing::new(form));
        self.0.push(Zeroizing::new(secret.to_owned()));
        // The longest is masked first, so that no part of it remains when a shorter one is inside it.
        self.0.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    }

    /// Masks all secrets in the text, in any letter case.
    fn mask(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| {
            let (folded, secret) = (text.to_ascii_lowercase(), secret.to_ascii_lowercase());
            let mut shown = String::with_capacity(text.len());
            let mut done = 0;
            for (start, found) in folded.match_indices(&secret) {
                shown.push_str(&text[done..start]);
                shown.push_str(MASK);
                done = start + found.len();
            }
            shown.push_str(&text[done..]);
            shown
        })
    }
}

/// A short text that is safe to log: no secret, no control character, at most 200 characters.
#[derive(Clone, PartialEq, Eq)]
pub struct Detail(String);

impl Detail {
    /// Creates a detail from a text of this program, which holds no secret.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self::masked(text, &Secrets::default())
    }

    /// Creates a detail from a text of the provider. Masks these secrets, and everything that looks like a token.
    pub(super) fn masked(text: &str, secrets: &Secrets) -> Self {
        let masked = mask_opaque(&secrets.mask(text));
        let mut shown = String::new();
        let mut count = 0;
        for piece in masked.chars().map(escaped) {
            let width = piece.chars().count();
            if count + width > MAX_CHARS - 1 {
                shown.push('…');
                break;
            }
            count += width;
            shown.push_str(&piece);
        }
        Self(shown)
    }

    /// Creates a detail with the reason why the transport failed.
    #[must_use]
    pub fn from_transport(error: &dyn Error) -> Self {
        Self::new(&root_cause(error))
    }

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Detail {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for Detail {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, formatter)
    }
}

/// Returns the innermost cause, because the outer ones say only that the request failed. This is text of the transport, which has not gone through [`Detail`].
pub(super) fn root_cause(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

/// Escapes characters that could forge a log line or reverse its direction.
fn escaped(character: char) -> String {
    let reorders = matches!(
        character,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
    );
    if character.is_control() || reorders {
        character.escape_default().to_string()
    } else {
        character.to_string()
    }
}

/// Masks everything that looks like a token, a key or an id, not only the secrets of this call.
fn mask_opaque(text: &str) -> String {
    let is_token = |c: char| c.is_ascii_alphanumeric() || "-._~+/=%".contains(c);
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let run = rest.len() - rest.trim_start_matches(is_token).len();
        let (word, after) = rest.split_at(run);
        let has_digit = word.bytes().any(|b| b.is_ascii_digit());
        if word.len() >= LONG_RUN || (word.len() >= OPAQUE_RUN && has_digit) {
            shown.push_str(MASK);
        } else {
            shown.push_str(word);
        }
        let gap = after.len() - after.trim_start_matches(|c| !is_token(c)).len();
        shown.push_str(&after[..gap]);
        rest = &after[gap..];
    }
    shown
}
