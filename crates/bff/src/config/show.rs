//! Serializers of typed values for the `config` command, which prints TOML with secrets as `***`.
//!
//! Only the `serialize_with` attributes of the sections use them. The output for a secret never
//! depends on the secret.

use std::fmt::Display;
use std::time::Duration;

use secrecy::SecretString;
use serde::{Serialize, Serializer};

/// The text printed instead of a secret.
pub(super) const MASK: &str = "***";

/// Serializes a value with its `Display`.
pub(super) fn text<T: Display, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(value)
}

/// Serializes a value with its `Display`, and `None` as the empty string.
pub(super) fn optional<T: Display, S: Serializer>(
    value: &Option<T>,
    to: S,
) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => to.collect_str(value),
        None => to.serialize_str(""),
    }
}

/// Serializes a list of values with their `Display`.
pub(super) fn list<T: Display, S: Serializer>(values: &[T], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(values.iter().map(ToString::to_string))
}

/// Serializes a duration in the largest unit that divides it (`7d`, `90s`).
pub(super) fn duration<S: Serializer>(value: &Duration, to: S) -> Result<S::Ok, S::Error> {
    super::duration::format(*value).serialize(to)
}

/// Serializes a secret as the mask, and `None` as the empty string.
pub(super) fn masked<S: Serializer>(
    value: &Option<SecretString>,
    to: S,
) -> Result<S::Ok, S::Error> {
    to.serialize_str(if value.is_some() { MASK } else { "" })
}
