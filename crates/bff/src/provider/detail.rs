//! Text for the log: what the provider said, made harmless.
//!
//! Must never hold a secret, a control character or more than [`MAX_CHARS`] characters. Every error of the provider client carries one.

use std::fmt;

use zeroize::Zeroizing;

use super::client::root_cause;

/// The most characters that are kept.
const MAX_CHARS: usize = 200;

/// A run of token characters at least this long that contains a digit is taken for a secret of somebody.
const OPAQUE_RUN: usize = 16;

/// A run of token characters at least this long is always taken for one.
const LONG_RUN: usize = 40;

const MASK: &str = "***";

/// Secrets that took part in a call: whatever else happens, their text does not pass.
#[derive(Default)]
pub(super) struct Secrets(Vec<Zeroizing<String>>);

impl Secrets {
    /// Also hides `secret`, as it is and as it looks in a form or a URL.
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
        // The longest goes first, so that no part of it is left when a shorter one is inside it.
        self.0.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    }

    /// The text without any of the secrets, whatever case they were turned to.
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
    /// A text of our own, known to be harmless.
    pub(super) fn own(text: &str) -> Self {
        Self::foreign(text, &Secrets::default())
    }

    /// A text that came from outside.
    pub(super) fn foreign(text: &str, secrets: &Secrets) -> Self {
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

    /// Why the transport failed.
    #[must_use]
    pub fn of_transport(error: &reqwest::Error) -> Self {
        Self::own(&root_cause(error))
    }

    /// The text.
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

/// Characters that could forge a log line or turn it around are written as escapes.
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

/// Hides what looks like a token, a key or an id, whoever it belongs to.
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
