//! Reads the JSON that is needed: objects, one level at a time, with numbers kept as they were written.
//!
//! Never builds a tree, so that depth costs nothing. Never turns a number into a float.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

/// A JSON object whose values are still unread text. When a name is repeated, the last value counts.
#[derive(Default)]
pub(super) struct Object(BTreeMap<String, Box<RawValue>>);

/// A value that is neither object, array nor null.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Scalar {
    Text(String),
    /// A number exactly as the provider wrote it.
    Number(String),
    Bool(bool),
}

impl Scalar {
    /// Returns the text of a string or number, as it was sent.
    pub(super) fn into_text(self) -> Option<String> {
        match self {
            Self::Text(text) | Self::Number(text) => Some(text),
            Self::Bool(_) => None,
        }
    }
}

impl Object {
    /// Reads an object; `None` for any other JSON and for text that is not JSON.
    pub(super) fn parse(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().map(Self)
    }

    /// Returns the string, number or bool with this name.
    pub(super) fn scalar(&self, name: &str) -> Option<Scalar> {
        let raw = self.0.get(name)?.get();
        match raw.as_bytes().first()? {
            b'"' => serde_json::from_str(raw).ok().map(Scalar::Text),
            b'-' | b'0'..=b'9' => Some(Scalar::Number(raw.to_owned())),
            b't' => Some(Scalar::Bool(true)),
            b'f' => Some(Scalar::Bool(false)),
            _ => None,
        }
    }

    /// Returns the string with this name, if it is a string and not empty.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        match self.scalar(name)? {
            Scalar::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// Returns the strings with this name, if they are a list of strings.
    pub(super) fn texts(&self, name: &str) -> Option<Vec<String>> {
        serde_json::from_str(self.0.get(name)?.get()).ok()
    }

    /// Returns the object with this name.
    pub(super) fn object(&self, name: &str) -> Option<Self> {
        Self::parse(self.0.get(name)?.get())
    }
}
