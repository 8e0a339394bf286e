//! How typed values are printed by the `config` command: as TOML, secrets as `***`.
//!
//! Only `serialize_with` attributes of the sections use it. What it prints for a secret never
//! depends on the secret.

use std::fmt::Display;
use std::time::Duration;

use secrecy::SecretString;
use serde::{Serialize, Serializer};

/// What stands for a secret.
pub(super) const MASK: &str = "***";

/// A value by its `Display`.
pub(super) fn text<T: Display, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(value)
}

/// A value by its `Display`, or the empty text that means "none".
pub(super) fn optional<T: Display, S: Serializer>(
    value: &Option<T>,
    to: S,
) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => to.collect_str(value),
        None => to.serialize_str(""),
    }
}

/// A list of values by their `Display`.
pub(super) fn list<T: Display, S: Serializer>(values: &[T], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(values.iter().map(ToString::to_string))
}

/// A duration in its largest whole unit (`7d`, `90s`).
pub(super) fn duration<S: Serializer>(value: &Duration, to: S) -> Result<S::Ok, S::Error> {
    super::duration::format(*value).serialize(to)
}

/// The mask, or the empty text that means "none".
pub(super) fn masked<S: Serializer>(
    value: &Option<SecretString>,
    to: S,
) -> Result<S::Ok, S::Error> {
    to.serialize_str(if value.is_some() { MASK } else { "" })
}
