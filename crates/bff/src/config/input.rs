//! Serde deserializer of one value: a TOML value from a file, or the text of a variable, read by the type of the field.
//!
//! Its errors never hold the value. The text of a variable is not guessed at: a text is a number only where the field is a number, and a
//! list only where the field is a list. Called by [`super::fields`].

use std::cell::Cell;
use std::collections::BTreeSet;

use serde::Deserializer;
use serde::de::value::{MapDeserializer, StrDeserializer};
use serde::de::{DeserializeSeed, IntoDeserializer, SeqAccess, Visitor};
use toml::Value;

use super::given::Given;
use super::read_error::ReadError;
use super::secret::SECRET;

/// What the type of a field did with its value.
#[derive(Default)]
pub(super) struct Seen {
    /// The value is a [`Secret`](super::Secret), or contains one.
    pub(super) is_secret: Cell<bool>,
    /// No field reads the value.
    pub(super) is_ignored: Cell<bool>,
}

/// A value to read.
#[derive(Clone, Copy)]
pub(super) struct Input<'a> {
    pub(super) given: Given<'a>,
    /// Entries of the list that are left out, because they are already reported. They count from 0.
    pub(super) left_out: Option<&'a BTreeSet<usize>>,
    pub(super) seen: &'a Seen,
}

impl<'a> Input<'a> {
    /// Returns a value inside this one.
    fn within(self, given: Given<'a>) -> Self {
        Self {
            given,
            left_out: None,
            seen: self.seen,
        }
    }

    fn text(self) -> Option<&'a str> {
        match self.given {
            Given::Text(text) => Some(text),
            Given::Toml(value) => value.as_str(),
        }
        // Trimmed because pasted values and `_FILE`s often have white space at the ends, and no value of this program does.
        .map(str::trim)
    }

    fn visit_text<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.text() {
            Some(text) => visitor.visit_str(text),
            None => Err(ReadError::new("is not a text", "write it in quotes")),
        }
    }

    fn visit_whole<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        let not_one = || ReadError::new("is not a whole number", "write digits only");
        match self.given {
            Given::Toml(Value::Integer(number)) => visitor.visit_i64(*number),
            Given::Toml(_) => Err(not_one()),
            Given::Text(text) => match (text.trim().parse(), text.trim().parse()) {
                (Ok(number), _) => visitor.visit_u64(number),
                (_, Ok(number)) => visitor.visit_i64(number),
                _ => Err(not_one()),
            },
        }
    }

    fn visit_float<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.given {
            Given::Toml(Value::Float(number)) => visitor.visit_f64(*number),
            Given::Toml(Value::Integer(number)) => visitor.visit_i64(*number),
            Given::Text(text) if let Ok(number) = text.trim().parse() => visitor.visit_f64(number),
            _ => Err(ReadError::new(
                "is not a number",
                "write a number such as 0.5",
            )),
        }
    }

    /// Reads an array, or a text with commas or line breaks between the entries.
    fn visit_list<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        let entries: Vec<Given<'_>> = match self.given {
            Given::Toml(Value::Array(entries)) => entries.iter().map(Given::Toml).collect(),
            Given::Text(text) => text
                .split([',', '\n'])
                .map(str::trim)
                .filter(|entry| !entry.is_empty())
                .map(Given::Text)
                .collect(),
            Given::Toml(_) => {
                let remedy = "write [\"one\", \"two\"]";
                return Err(ReadError::new("is not a list of texts", remedy));
            }
        };
        let entries = entries.into_iter().enumerate();
        visitor.visit_seq(Entries {
            list: self,
            entries,
        })
    }

    fn visit_table<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.given {
            Given::Toml(Value::Table(table)) => {
                let fields = table.iter();
                let fields =
                    fields.map(|(name, value)| (name.as_str(), self.within(Given::Toml(value))));
                visitor.visit_map(MapDeserializer::new(fields))
            }
            _ => Err(ReadError::new("is not a table", "write { name = value }")),
        }
    }
}

/// Forwards these methods of `Deserializer` to one function.
macro_rules! forward {
    ($to:ident: $($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
            self.$to(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Input<'_> {
    type Error = ReadError;

    forward!(visit_whole: deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64);
    forward!(visit_whole: deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64);
    forward!(visit_float: deserialize_f32 deserialize_f64);
    forward!(visit_text: deserialize_str deserialize_string deserialize_identifier);
    forward!(visit_list: deserialize_seq);
    forward!(visit_table: deserialize_map);

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.given {
            Given::Text(_) | Given::Toml(Value::String(_)) => self.visit_text(visitor),
            Given::Toml(Value::Boolean(value)) => visitor.visit_bool(*value),
            Given::Toml(Value::Integer(number)) => visitor.visit_i64(*number),
            Given::Toml(Value::Float(number)) => visitor.visit_f64(*number),
            Given::Toml(Value::Datetime(date)) => visitor.visit_string(date.to_string()),
            Given::Toml(Value::Array(_)) => self.visit_list(visitor),
            Given::Toml(Value::Table(_)) => self.visit_table(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        let not_one = || ReadError::new("is neither true nor false", "write true or false");
        match self.given {
            Given::Toml(Value::Boolean(value)) => visitor.visit_bool(*value),
            Given::Text(text) => visitor.visit_bool(text.trim().parse().map_err(|_| not_one())?),
            Given::Toml(_) => Err(not_one()),
        }
    }

    /// An empty text is `None`.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        match self.text() {
            Some("") => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        if name == SECRET {
            self.seen.is_secret.set(true);
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        self.visit_table(visitor)
    }

    /// An enum of names without values.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ReadError> {
        match self.text() {
            Some(text) => visitor.visit_enum(StrDeserializer::new(text)),
            None => Err(ReadError::new("is not a text", "write it in quotes")),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ReadError> {
        self.seen.is_ignored.set(true);
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! {
        i128 u128 char bytes byte_buf unit unit_struct tuple tuple_struct
    }
}

impl<'de> IntoDeserializer<'de, ReadError> for Input<'_> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// The entries of a list.
struct Entries<'a, I> {
    list: Input<'a>,
    entries: I,
}

impl<'de, 'a, I: Iterator<Item = (usize, Given<'a>)>> SeqAccess<'de> for Entries<'a, I> {
    type Error = ReadError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, ReadError> {
        let left_out = self.list.left_out;
        let is_in = |index: &usize| left_out.is_none_or(|left_out| !left_out.contains(index));
        match self.entries.find(|(index, _)| is_in(index)) {
            None => Ok(None),
            Some((index, entry)) => seed
                .deserialize(self.list.within(entry))
                .map(Some)
                .map_err(|error| error.in_entry(index)),
        }
    }
}
