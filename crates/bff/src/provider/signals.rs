//! Where an answer puts its codes and messages: collected from every place that this family of servers uses.
//!
//! Reads nothing into them; the decoder judges them next door. What is collected is foreign text.

use super::json::{Object, Scalar};

/// What an answer says about its failure.
#[derive(Default)]
pub(super) struct Signals {
    /// Machine codes, lower case, words joined by `_`.
    pub(super) codes: Vec<String>,
    /// Free text, as it was sent.
    pub(super) messages: Vec<String>,
    /// `error.type`: coarser than a code.
    pub(super) kind: Option<String>,
    /// Everything of the above as it was sent, each text once.
    said: Vec<String>,
}

impl Signals {
    /// Collects them from every place where this family of servers puts them, and from `WWW-Authenticate`.
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

    /// Notes a machine code. A sentence in its place is a message and nothing more.
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

    /// Codes and messages in one line; `None` when there are none. Foreign text.
    pub(super) fn summary(&self) -> Option<String> {
        (!self.said.is_empty()).then(|| self.said.join(": "))
    }
}

/// `AUTH_TOKEN_EXPIRED` and `auth-token-expired` are one code.
fn normal(text: &str) -> String {
    text.trim()
        .chars()
        .map(|c| match c {
            '-' | '.' => '_',
            other => other.to_ascii_lowercase(),
        })
        .collect()
}

/// The `error` of a `Bearer` challenge (RFC 6750 §3).
fn challenge_error(challenge: &str) -> Option<String> {
    let lower = challenge.to_ascii_lowercase();
    let start = lower.find("error=")? + "error=".len();
    let value = challenge[start..].trim_start_matches('"');
    let end = value
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-')
        .unwrap_or(value.len());
    Some(value[..end].to_owned())
}
