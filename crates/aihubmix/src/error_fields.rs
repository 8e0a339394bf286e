//! Collects the codes and messages of a response, from every place where servers of this family put them.
//!
//! This module does not interpret them; `classify` does. The collected text comes from the provider and must be masked before it is logged.

use bff_core::provider::{Json, Scalar};

/// The codes and messages of a response about its failure.
#[derive(Default)]
pub(super) struct ErrorFields {
    /// Machine codes, lower case, words joined by `_`.
    pub(super) codes: Vec<String>,
    /// Free text, as it was sent.
    pub(super) messages: Vec<String>,
    /// `error.type`, which is less specific than a code.
    pub(super) error_type: Option<String>,
    /// All of the above as it was sent, each text once.
    as_sent: Vec<String>,
}

impl ErrorFields {
    /// Collects the codes and messages of an object, and the error code of `WWW-Authenticate`.
    pub(super) fn new(object: Option<&Json>, challenge_error: Option<&str>) -> Self {
        let mut fields = Self::default();
        if let Some(error) = challenge_error {
            fields.add_code(error.to_owned());
        }
        let Some(object) = object else { return fields };
        if let Some(error) = object.text("error") {
            fields.add_code(error.clone());
            fields.add_message(error);
        }
        if let Some(code) = object.scalar("code").and_then(Scalar::into_text) {
            fields.add_code(code);
        }
        for name in ["error_description", "message", "msg"] {
            object
                .text(name)
                .into_iter()
                .for_each(|text| fields.add_message(text));
        }
        let says_error = object
            .text("message")
            .is_some_and(|message| message.eq_ignore_ascii_case("error"));
        if says_error {
            object
                .text("data")
                .into_iter()
                .for_each(|text| fields.add_message(text));
        }
        if let Some(error) = object.object("error") {
            if let Some(code) = error.scalar("code").and_then(Scalar::into_text) {
                fields.add_code(code);
            }
            error
                .text("message")
                .into_iter()
                .for_each(|text| fields.add_message(text));
            if let Some(kind) = error.text("type") {
                fields.error_type = Some(normalised(&kind));
                fields.add_text(kind);
            }
        }
        fields
    }

    /// Adds a machine code. A sentence in place of a code is not added as one.
    fn add_code(&mut self, text: String) {
        let trimmed = text.trim();
        if !trimmed.is_empty() && !trimmed.contains(char::is_whitespace) {
            self.codes.push(normalised(trimmed));
        }
        self.add_text(text);
    }

    fn add_message(&mut self, text: String) {
        self.messages.push(text.clone());
        self.add_text(text);
    }

    fn add_text(&mut self, text: String) {
        if !text.trim().is_empty() && !self.as_sent.contains(&text) {
            self.as_sent.push(text);
        }
    }

    /// Returns codes and messages in one line; `None` when there are none. The text comes from the provider.
    pub(super) fn summary(&self) -> Option<String> {
        (!self.as_sent.is_empty()).then(|| self.as_sent.join(": "))
    }
}

/// Normalises a code, so that `AUTH_TOKEN_EXPIRED` and `auth-token-expired` are the same code.
fn normalised(text: &str) -> String {
    text.trim()
        .chars()
        .map(|c| match c {
            '-' | '.' => '_',
            other => other.to_ascii_lowercase(),
        })
        .collect()
}
