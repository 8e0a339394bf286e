//! How fields of the sections are read and shown: functions for serde's `with`, `serialize_with` and `deserialize_with`.
//!
//! The `config` command shows the fields as TOML, with secrets as `***`. The output for a secret never depends on the secret.

use std::fmt::Display;

use secrecy::SecretString;
use serde::Serializer;
use serde::de::{Deserialize, Deserializer};
use zeroize::Zeroizing;

use super::fault::{Wrong, ensure};
use super::message::pass;

/// The text printed instead of a secret.
pub(super) const MASK: &str = "***";

/// A type that is written as one text.
pub(super) trait Setting: Sized {
    /// Parses the text, which is trimmed and not empty.
    fn parse(text: &str) -> Result<Self, Wrong>;
}

/// Reads a text with `parse`. An empty text is `None`.
pub(super) fn parsed_if_set<'de, D: Deserializer<'de>, T>(
    from: D,
    parse: impl FnOnce(&str) -> Result<T, Wrong>,
) -> Result<Option<T>, D::Error> {
    let text = Option::<String>::deserialize(from)?.map(Zeroizing::new);
    let text = text.filter(|text| !text.is_empty());
    text.map(|text| parse(&text).map_err(pass)).transpose()
}

/// Reads a text with `parse`. An empty text is an error.
pub(super) fn parsed<'de, D: Deserializer<'de>, T>(
    from: D,
    parse: impl FnOnce(&str) -> Result<T, Wrong>,
) -> Result<T, D::Error> {
    let empty = || pass("is empty; write a value or remove the line");
    parsed_if_set(from, parse)?.ok_or_else(empty)
}

/// Returns the text when it satisfies a condition.
pub(super) fn checked(text: &str, is_good: bool, wrong: &'static str) -> Result<String, Wrong> {
    ensure(is_good, wrong).map(|()| text.to_owned())
}

/// Reads one text.
pub(super) fn deserialize<'de, D: Deserializer<'de>, T: Setting>(from: D) -> Result<T, D::Error> {
    parsed(from, T::parse)
}

/// Reads one text. An empty text is `None`.
pub(super) fn if_set<'de, D: Deserializer<'de>, T: Setting>(
    from: D,
) -> Result<Option<T>, D::Error> {
    parsed_if_set(from, T::parse)
}

/// Serializes a value as one text.
pub(super) fn serialize<T: Display, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(value)
}

/// Serializes a list of texts.
pub(super) fn texts<T: Display, S: Serializer>(values: &[T], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(values.iter().map(ToString::to_string))
}

/// Serializes `None` as the empty text.
pub(super) fn or_empty<T: Display, S: Serializer>(
    value: &Option<T>,
    to: S,
) -> Result<S::Ok, S::Error> {
    let text = value.as_ref().map(ToString::to_string);
    to.serialize_str(&text.unwrap_or_default())
}

/// Serializes a secret as the mask, and `None` as the empty text.
pub(super) fn masked<S: Serializer>(
    value: &Option<SecretString>,
    to: S,
) -> Result<S::Ok, S::Error> {
    or_empty(&value.as_ref().map(|_| MASK), to)
}

/// Reads a list whose entries are texts.
pub(super) fn entries<'de, D: Deserializer<'de>, T: Setting>(from: D) -> Result<Vec<T>, D::Error> {
    struct Entry<T>(T);
    impl<'de, T: Setting> Deserialize<'de> for Entry<T> {
        fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
            parsed(from, T::parse).map(Self)
        }
    }
    let entries = Vec::<Entry<T>>::deserialize(from)?.into_iter();
    Ok(entries.map(|entry| entry.0).collect())
}

/// Reads a list with at least one entry.
pub(super) fn some_entries<'de, D: Deserializer<'de>, T: Setting>(
    from: D,
) -> Result<Vec<T>, D::Error> {
    let entries = entries(from)?;
    if entries.is_empty() {
        return Err(pass("is an empty list; write [\"one\", \"two\"]"));
    }
    Ok(entries)
}

/// Reads a whole number of at least `LEAST` and at most `MOST`.
pub(super) fn whole<'de, D, T, const LEAST: u64, const MOST: u64>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: TryFrom<u64>,
{
    let number = u64::deserialize(from);
    let number = number.map_err(|_| pass("is not a whole number; write digits only"))?;
    let remedy = match LEAST {
        0 => "write less, or 0 for no limit",
        _ => "write digits only",
    };
    let outside = || pass(format!("is not between {LEAST} and {MOST}; {remedy}"));
    let inside = (LEAST..=MOST).contains(&number).then_some(number);
    inside
        .and_then(|number| number.try_into().ok())
        .ok_or_else(outside)
}
