//! Error of reading a typed value. It never holds the value, so it replaces serde's own messages, which quote it.

use std::fmt;

use serde::de::{self, Expected, Unexpected};

use super::fault::{Wrong, one_line};

/// The first character of a message that is made from a [`Wrong`] and so does not quote the value.
const OWN: char = '\0';

/// Passes an error through serde, whose errors are made from messages.
pub(super) fn pass<E: de::Error>(wrong: Wrong) -> E {
    E::custom(format_args!("{OWN}{wrong}"))
}

/// Why a value is refused, and in which field and entry it is.
#[derive(Debug)]
pub(super) struct ReadError {
    pub(super) wrong: Wrong,
    /// The field of the section. `None` when the section as a whole is refused.
    pub(super) field: Option<String>,
    /// The entry of the list, counted from 0.
    pub(super) entry: Option<usize>,
    /// Whether the message is that of a type outside this module. It may quote the value.
    pub(super) is_foreign: bool,
}

impl ReadError {
    pub(super) fn new(what: &'static str, remedy: &'static str) -> Self {
        Wrong::new(what, remedy).into()
    }

    /// Returns the same error, about an entry of a list. `index` counts from 0.
    pub(super) fn in_entry(self, index: usize) -> Self {
        Self {
            wrong: self.wrong.in_entry(index + 1),
            entry: Some(index),
            ..self
        }
    }

    /// Returns the same error, about a field of the section.
    pub(super) fn in_field(self, name: &str) -> Self {
        Self {
            field: Some(name.to_owned()),
            ..self
        }
    }
}

impl From<Wrong> for ReadError {
    fn from(wrong: Wrong) -> Self {
        Self {
            wrong,
            field: None,
            entry: None,
            is_foreign: false,
        }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.wrong.fmt(f)
    }
}

impl std::error::Error for ReadError {}

impl de::Error for ReadError {
    /// Takes a message of the form "problem; remedy". Another message is the description of the problem.
    fn custom<T: fmt::Display>(message: T) -> Self {
        let message = message.to_string();
        let own = message.strip_prefix(OWN);
        let is_foreign = own.is_none();
        let message = own.unwrap_or(&message);
        let wrong = match message.split_once("; ") {
            Some((what, remedy)) => Wrong::new(one_line(what), one_line(remedy)),
            None => Wrong::new(
                format!("is not valid: {}", one_line(message)),
                "correct the value",
            ),
        };
        Self {
            is_foreign,
            ..wrong.into()
        }
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::custom(format_args!("is not valid; write {}", plain(expected)))
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::custom(format_args!("is not valid; write {}", plain(expected)))
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        Self::custom(format_args!("has {length} entries; write {expected}"))
    }

    fn unknown_variant(_: &str, names: &'static [&'static str]) -> Self {
        Wrong::new("is unknown", format!("write {}", one_of(names))).into()
    }

    fn unknown_field(name: &str, names: &'static [&'static str]) -> Self {
        Self::from(Wrong::new("is unknown", format!("write {}", one_of(names)))).in_field(name)
    }

    fn missing_field(name: &'static str) -> Self {
        Self::new("is missing", "write it").in_field(name)
    }
}

/// Joins names as in "a, b or c".
fn one_of(names: &[&str]) -> String {
    match names {
        [names @ .., last] if !names.is_empty() => format!("{} or {last}", names.join(", ")),
        names => names.concat(),
    }
}

/// Returns what serde expects, in words for an operator: a number instead of the name of a Rust type.
fn plain(expected: &dyn Expected) -> String {
    let expected = expected.to_string();
    let most = match expected.as_str() {
        "u8" => u64::from(u8::MAX),
        "u16" => u64::from(u16::MAX),
        "u32" => u64::from(u32::MAX),
        "u64" | "usize" => u64::MAX,
        _ => return expected,
    };
    format!("a whole number from 0 to {most}")
}
