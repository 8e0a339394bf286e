//! How fields of the sections are read and shown: modules and functions for serde's `with`, `serialize_with` and `deserialize_with`.
//!
//! The `config` command shows the fields as TOML, with secrets as `***`. The output for a secret never depends on the secret.

use std::fmt::Display;

use secrecy::SecretString;
use serde::Serializer;
use serde::de::{Deserialize, Deserializer};
use zeroize::Zeroizing;

use super::fault::Wrong;
use super::read_error::pass;

/// The text printed instead of a secret.
pub(super) const MASK: &str = "***";

/// A type that is written as one text.
pub(super) trait Setting: Sized {
    /// Parses the text, which is trimmed and not empty.
    fn parse(text: &str) -> Result<Self, Wrong>;
}

/// Reads a text with `parse`. An empty text is an error.
pub(super) fn parsed<'de, D: Deserializer<'de>, T>(
    from: D,
    parse: impl FnOnce(&str) -> Result<T, Wrong>,
) -> Result<T, D::Error> {
    let text = Zeroizing::new(String::deserialize(from)?);
    if text.is_empty() {
        return Err(pass(Wrong::new(
            "is empty",
            "write a value or remove the line",
        )));
    }
    parse(&text).map_err(pass)
}

/// Reads a text with `parse`. An empty text is `None`.
pub(super) fn parsed_if_set<'de, D: Deserializer<'de>, T>(
    from: D,
    parse: impl FnOnce(&str) -> Result<T, Wrong>,
) -> Result<Option<T>, D::Error> {
    let text = Option::<String>::deserialize(from)?.map(Zeroizing::new);
    text.map(|text| parse(&text).map_err(pass)).transpose()
}

/// An entry of a list.
pub(super) struct Entry<T>(pub(super) T);

impl<'de, T: Setting> Deserialize<'de> for Entry<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        parsed(from, T::parse).map(Self)
    }
}

/// Reads a list whose entries are parsed as `T` and kept as `U`.
pub(super) fn entries<'de, D: Deserializer<'de>, T: Setting + Into<U>, U>(
    from: D,
) -> Result<Vec<U>, D::Error> {
    let entries = Vec::<Entry<T>>::deserialize(from)?;
    Ok(entries.into_iter().map(|entry| entry.0.into()).collect())
}

/// A list with at least one entry.
pub(super) fn some_entries<'de, D: Deserializer<'de>, T: Setting + Into<U>, U>(
    from: D,
) -> Result<Vec<U>, D::Error> {
    let entries = entries::<D, T, U>(from)?;
    if entries.is_empty() {
        return Err(pass(Wrong::new(
            "is not a list of texts",
            "write [\"one\", \"two\"]",
        )));
    }
    Ok(entries)
}

/// Reads a whole number of at least `least` and at most `most`.
pub(super) fn whole<'de, D: Deserializer<'de>, T: TryFrom<u64>>(
    from: D,
    range: std::ops::RangeInclusive<u64>,
    outside: Wrong,
) -> Result<T, D::Error> {
    let not_one = |_| pass(Wrong::new("is not a whole number", "write digits only"));
    let number = u64::deserialize(from).map_err(not_one)?;
    let is_inside = range.contains(&number);
    match T::try_from(number) {
        Ok(number) if is_inside => Ok(number),
        _ => Err(pass(outside)),
    }
}

/// Reads a whole number of 1 or more.
pub(super) fn positive<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    // An i64, because TOML has no larger number.
    const MOST: u64 = i64::MAX.unsigned_abs();
    let wrong = || Wrong::new("is not a whole number of 1 or more", "write digits only");
    match u64::deserialize(from) {
        Ok(number @ 1..=MOST) => Ok(number),
        _ => Err(pass(wrong())),
    }
}

/// A value with `Display`, parsed as a [`Setting`].
pub(super) mod text {
    use super::{Deserializer, Display, Serializer, Setting, parsed};

    pub(in super::super) fn serialize<T: Display, S: Serializer>(
        value: &T,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.collect_str(value)
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>, T: Setting>(
        from: D,
    ) -> Result<T, D::Error> {
        parsed(from, T::parse)
    }
}

/// Same as [`text`], with the empty text for `None`.
pub(super) mod optional {
    use super::{Deserializer, Display, Serializer, Setting, parsed_if_set};

    pub(in super::super) fn serialize<T: Display, S: Serializer>(
        value: &Option<T>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => to.collect_str(value),
            None => to.serialize_str(""),
        }
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>, T: Setting>(
        from: D,
    ) -> Result<Option<T>, D::Error> {
        parsed_if_set(from, T::parse)
    }
}

/// A list of values with `Display`, each parsed as a [`Setting`].
pub(super) mod list {
    use super::{Deserializer, Display, Serializer, Setting, entries};

    pub(in super::super) fn serialize<T: Display, S: Serializer>(
        values: &[T],
        to: S,
    ) -> Result<S::Ok, S::Error> {
        to.collect_seq(values.iter().map(ToString::to_string))
    }

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>, T: Setting>(
        from: D,
    ) -> Result<Vec<T>, D::Error> {
        entries::<D, T, T>(from)
    }
}

/// Serializes a secret as the mask, and `None` as the empty string.
pub(super) fn masked<S: Serializer>(
    value: &Option<SecretString>,
    to: S,
) -> Result<S::Ok, S::Error> {
    to.serialize_str(if value.is_some() { MASK } else { "" })
}
