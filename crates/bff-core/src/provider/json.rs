//! JSON of a provider, read one level at a time, with numbers kept as they were written.
//!
//! Never builds a tree, so that deep nesting costs nothing. Never turns a number into a float.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// JSON that a provider sent. The values in an object are still unread text; when a name is repeated, the last value counts. Clones share the text.
#[derive(Clone)]
pub struct Json(Arc<Content>);

enum Content {
    Object(BTreeMap<String, Box<RawValue>>),
    Other(Box<RawValue>),
}

/// A value that is neither object, array nor null.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// A string.
    Text(String),
    /// A number exactly as the provider wrote it.
    Number(String),
    /// True or false.
    Bool(bool),
}

impl Scalar {
    /// Returns the text of a string or number, as it was sent.
    #[must_use]
    pub fn into_text(self) -> Option<String> {
        match self {
            Self::Text(text) | Self::Number(text) => Some(text),
            Self::Bool(_) => None,
        }
    }
}

/// An empty object.
impl Default for Json {
    fn default() -> Self {
        Self(Arc::new(Content::Object(BTreeMap::new())))
    }
}

/// Shows no value, because it may be a token or personal data.
impl std::fmt::Debug for Json {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Json({} bytes)", self.size())
    }
}

/// Equal when every name and value was sent in the same characters.
impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        match (&*self.0, &*other.0) {
            (Content::Object(these), Content::Object(others)) => {
                these.len() == others.len()
                    && these
                        .iter()
                        .zip(others)
                        .all(|((name, value), (other, sent))| {
                            name == other && value.get() == sent.get()
                        })
            }
            (Content::Other(this), Content::Other(other)) => this.get() == other.get(),
            _ => false,
        }
    }
}

impl Json {
    /// Parses JSON; `None` for text that is not JSON.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let content = if text.trim_start().starts_with('{') {
            Content::Object(serde_json::from_str(text).ok()?)
        } else {
            Content::Other(serde_json::from_str(text).ok()?)
        };
        Some(Self(Arc::new(content)))
    }

    /// Returns whether this is an object. Anything else has no members.
    #[must_use]
    pub fn is_object(&self) -> bool {
        matches!(*self.0, Content::Object(_))
    }

    /// Returns the number of bytes of all names and values.
    #[must_use]
    pub fn size(&self) -> usize {
        match &*self.0 {
            Content::Object(members) => {
                let sizes = members.iter();
                sizes.map(|(name, raw)| name.len() + raw.get().len()).sum()
            }
            Content::Other(raw) => raw.get().len(),
        }
    }

    /// Returns the string, number or bool with this name.
    #[must_use]
    pub fn scalar(&self, name: &str) -> Option<Scalar> {
        let raw = self.raw(name)?;
        match raw.as_bytes().first()? {
            b'"' => serde_json::from_str(raw).ok().map(Scalar::Text),
            b'-' | b'0'..=b'9' => Some(Scalar::Number(raw.to_owned())),
            b't' => Some(Scalar::Bool(true)),
            b'f' => Some(Scalar::Bool(false)),
            _ => None,
        }
    }

    /// Returns the string with this name, if it is a string and not empty.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<String> {
        match self.scalar(name)? {
            Scalar::Text(text) if !text.is_empty() => Some(text),
            _ => None,
        }
    }

    /// Returns the strings with this name, if they are a list of strings.
    #[must_use]
    pub fn texts(&self, name: &str) -> Option<Vec<String>> {
        serde_json::from_str(self.raw(name)?).ok()
    }

    /// Returns the object with this name.
    #[must_use]
    pub fn object(&self, name: &str) -> Option<Self> {
        Self::parse(self.raw(name)?).filter(Self::is_object)
    }

    /// Reads the JSON as a type of the app.
    ///
    /// # Errors
    /// The error of `serde_json`, when the JSON does not have this type. It may quote the JSON, so it must not be logged.
    pub fn deserialize<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        serde_json::from_str(&serde_json::to_string(self)?)
    }

    fn raw(&self, name: &str) -> Option<&str> {
        match &*self.0 {
            Content::Object(members) => members.get(name).map(|raw| raw.get()),
            Content::Other(_) => None,
        }
    }
}

/// Writes the JSON as it was sent, with the members of an object in the order of their names. For `serde_json` only, because values are written
/// verbatim.
impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &*self.0 {
            Content::Object(members) => members.serialize(serializer),
            Content::Other(raw) => raw.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_written_as_it_was_sent() {
        for (sent, written) in [
            (
                r#"{"b":9007199254740993,"a":1.50,"b":1e999}"#,
                r#"{"a":1.50,"b":1e999}"#,
            ),
            (r#" [1.0, {"z":1,"a":2}] "#, r#"[1.0, {"z":1,"a":2}]"#),
            ("null", "null"),
            ("\"x\"", "\"x\""),
        ] {
            let json = Json::parse(sent).unwrap();
            assert_eq!(serde_json::to_string(&json).unwrap(), written);
            assert_eq!(json.is_object(), sent.starts_with('{'));
        }
        assert_eq!(serde_json::to_string(&Json::default()).unwrap(), "{}");
    }

    #[test]
    fn text_that_is_not_json_is_refused() {
        for text in ["", "{", "[1", "{} x", "x", "{\"a\":1,}"] {
            assert!(Json::parse(text).is_none(), "{text:?}");
        }
        let _ = Json::parse(&"[".repeat(50_000));
        assert!(Json::parse(&format!("{}{}", "[".repeat(50_000), "]".repeat(50_000))).is_some());
    }

    #[test]
    fn debug_shows_no_value() {
        let json = Json::parse(r#"{"access_token":"canary"}"#).unwrap();
        assert_eq!(format!("{json:?}"), "Json(20 bytes)");
    }

    #[test]
    fn a_type_of_the_app_is_read() {
        let json = Json::parse(r#"[{"id":"a"},{"id":"b"}]"#).unwrap();
        let models: Vec<std::collections::BTreeMap<String, String>> = json.deserialize().unwrap();
        assert_eq!(models[1]["id"], "b");
        assert!(json.deserialize::<u32>().is_err());
        assert_eq!(json.text("id"), None);
    }
}
