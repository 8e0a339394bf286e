//! Collects the codes and messages of a response, from every place where servers of this family put them.
//!
//! This module does not interpret them; `meaning` does. The collected text is foreign and must be masked before it is logged.

use super::json::{Object, Scalar};

/// The codes and messages of a response about its failure.
#[derive(Default)]
pub(super) struct Signals {
    /// Machine codes, lower case, words joined by `_`.
    pub(super) codes: Vec<String>,
    /// Free text, as it was sent.
    pub(super) messages: Vec<String>,
    /// `error.type`, which is less specific than a code.
    pub(super) kind: Option<String>,
    /// All of the above as it was sent, each text once.
    said: Vec<String>,
}

impl Signals {
    /// Collects the codes and messages of a response, and the error code of `WWW-Authenticate`.
    pub(super) fn read(object: Option<&Object>, challenge: Option<&str>) -> Self {
        let mut signals = Self::default();
        if let Some(error) = challenge.and_then(challenge_error) {
            signals.code(error);
        }
        let Some(object) = object else { return signals };
        if let Some(error) = object.text("error") {
            signals.code(error.clone());
            signals.message(error);
        }
        if let Some(code) = object.scalar("code").and_then(Scalar::into_text) {
            signals.code(code);
        }
        for name in ["error_description", "message", "msg"] {
            object
                .text(name)
                .into_iter()
                .for_each(|text| signals.message(text));
        }
        let says_error = object
            .text("message")
            .is_some_and(|message| message.eq_ignore_ascii_case("error"));
        if says_error {
            object
                .text("data")
                .into_iter()
                .for_each(|text| signals.message(text));
        }
        if let Some(error) = object.object("error") {
            if let Some(code) = error.scalar("code").and_then(Scalar::into_text) {
                signals.code(code);
            }
            error
                .text("message")
                .into_iter()
                .for_each(|text| signals.message(text));
            if let Some(kind) = error.text("type") {
                signals.kind = Some(normal(&kind));
                signals.say(kind);
            }
        }
        signals
    }

    /// Adds a machine code. A sentence in place of a code is not added as one.
    fn code(&mut self, text: String) {
        let trimmed = text.trim();
        if !trimmed.is_empty() && !trimmed.contains(char::is_whitespace) {
            self.codes.push(normal(trimmed));
        }
        self.say(text);
    }

    fn message(&mut self, text: String) {
        self.messages.push(text.clone());
        self.say(text);
    }

    fn say(&mut self, text: String) {
        if !text.trim().is_empty() && !self.said.contains(&text) {
            self.said.push(text);
        }
    }

    /// Returns codes and messages in one line; `None` when there are none. The text is foreign.
    pub(super) fn summary(&self) -> Option<String> {
        (!self.said.is_empty()).then(|| self.said.join(": "))
    }
}

/// Normalises a code, so that `AUTH_TOKEN_EXPIRED` and `auth-token-expired` are the same code.
fn normal(text: &str) -> String {
    text.trim()
        .chars()
        .map(|c| match c {
            '-' | '.' => '_',
            other => other.to_ascii_lowercase(),
        })
        .collect()
}

/// Returns the `error` of a `Bearer` challenge (RFC 6750 §3).
fn challenge_error(challenge: &str) -> Option<String> {
    let lower = challenge.to_ascii_lowercase();
    let start = lower.find("error=")? + "error=".len();
    let value = challenge[start..].trim_start_matches('"');
    let end = value
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-')
        .unwrap_or(value.len());
    Some(value[..end].to_owned())
}
