//! JSON of a provider, read one level at a time, with numbers kept as they were written.
//!
//! Never builds a tree, so that deep nesting costs nothing. Never turns a number into a float.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::ser::{Error as _, SerializeMap as _};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// JSON that a provider sent. The values in an object are still unread text; when a name is repeated, the last value counts. Clones share the text.
#[derive(Clone)]
pub struct Json(Arc<Content>);

struct Content {
    /// The JSON as it was sent.
    text: Box<str>,
    /// The members of an object, in the order of their names; `None` for any other JSON.
    members: Option<Vec<Member>>,
}

/// A name, and where its value is in the text.
struct Member {
    name: Name,
    value: Range<usize>,
}

/// The name of a member: where it is in the text, or itself where it was sent with escapes.
enum Name {
    Sent(Range<usize>),
    Decoded(Box<str>),
}

impl Name {
    fn within<'a>(&'a self, text: &'a str) -> &'a str {
        match self {
            Self::Sent(place) => &text[place.clone()],
            Self::Decoded(name) => name,
        }
    }
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
        Self(Arc::new(Content {
            text: "{}".into(),
            members: Some(Vec::new()),
        }))
    }
}

/// Shows no value, because it may be a token or personal data.
impl std::fmt::Debug for Json {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Json({} bytes)", self.size())
    }
}

/// Equal when it was sent in the same characters.
impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.0.text == other.0.text
    }
}

impl Json {
    /// Parses JSON; `None` for text that is not JSON.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim_matches([' ', '\t', '\n', '\r']);
        let members = if text.starts_with('{') {
            let sent: Members<'_> = serde_json::from_str(text).ok()?;
            Some(sent.located_in(text))
        } else {
            serde_json::from_str::<&RawValue>(text).ok()?;
            None
        };
        let text = text.into();
        Some(Self(Arc::new(Content { text, members })))
    }

    /// Returns whether this is an object. Anything else has no members.
    #[must_use]
    pub fn is_object(&self) -> bool {
        self.0.members.is_some()
    }

    /// Returns the text as it was sent, without the space around it.
    #[must_use]
    pub fn as_sent(&self) -> &str {
        &self.0.text
    }

    /// Returns the number of bytes of the text.
    #[must_use]
    pub fn size(&self) -> usize {
        self.0.text.len()
    }

    /// Returns the string, number or bool with this name.
    #[must_use]
    pub fn scalar(&self, name: &str) -> Option<Scalar> {
        let raw = self.raw(name)?;
        match raw.as_bytes().first()? {
            // Without an escape the text between the quotes is the string.
            b'"' if !raw.contains('\\') => {
                Some(Scalar::Text(raw.get(1..raw.len() - 1)?.to_owned()))
            }
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
        let Content { text, members } = &*self.0;
        let members = members.as_ref()?;
        let at = members.binary_search_by(|member| member.name.within(text).cmp(name));
        text.get(members.get(at.ok()?)?.value.clone())
    }
}

/// Writes the JSON as it was sent, with the members of an object in the order of their names. For `serde_json` only, because values are written
/// verbatim.
impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw = |text| serde_json::from_str::<&RawValue>(text).map_err(S::Error::custom);
        let Content { text, members } = &*self.0;
        let Some(members) = members else {
            return raw(text)?.serialize(serializer);
        };
        let mut map = serializer.serialize_map(Some(members.len()))?;
        for member in members {
            let value = raw(&text[member.value.clone()])?;
            map.serialize_entry(member.name.within(text), value)?;
        }
        map.end()
    }
}

/// The members of an object in their order, borrowed from its text.
struct Members<'t>(Vec<(Cow<'t, str>, &'t RawValue)>);

impl Members<'_> {
    /// Returns the members with the places of their names and values in `text`, which they were read from: sorted, each name once.
    fn located_in(self, text: &str) -> Vec<Member> {
        let place = |part: &str| {
            let start = part.as_ptr().addr() - text.as_ptr().addr();
            start..start + part.len()
        };
        let members = self.0.into_iter().rev();
        let mut members: Vec<Member> = members
            .map(|(name, value)| Member {
                name: match name {
                    Cow::Borrowed(name) => Name::Sent(place(name)),
                    Cow::Owned(name) => Name::Decoded(name.into()),
                },
                value: place(value.get()),
            })
            .collect();
        // The last of several members with one name comes first here, and stays.
        members.sort_by(|one, other| one.name.within(text).cmp(other.name.within(text)));
        members.dedup_by(|later, earlier| later.name.within(text) == earlier.name.within(text));
        members
    }
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;
        #[derive(Deserialize)]
        struct Text<'t>(#[serde(borrow)] Cow<'t, str>);

        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::with_capacity(8);
                while let Some((Text(name), value)) = map.next_entry()? {
                    members.push((name, value));
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(MembersVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_written_as_it_was_sent() {
        for (sent, written) in [
            (
                r#"{"b":9007199254740993,"a":1.50,"\u0062":1e999}"#,
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
        assert_eq!(format!("{json:?}"), "Json(25 bytes)");
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
