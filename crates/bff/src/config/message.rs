//! Serde's messages in the words of an operator. Serde quotes the value, so what it quotes is left out.

use std::fmt::Display;

use serde::de;
use serde_json::Value;

use super::fault::{Wrong, one_line};

/// The first character of a message that is made from a [`Wrong`] and so does not quote the value.
const OWN: char = '\0';

/// Passes an error through serde, whose errors are made from messages.
pub(super) fn pass<E: de::Error>(wrong: impl Display) -> E {
    E::custom(format_args!("{OWN}{wrong}"))
}

/// Returns the field that a message names: one that is missing or unknown. Empty when it names none.
pub(super) fn named_field(message: &str) -> &str {
    let mut parts = message.split('`');
    match (parts.next(), parts.next()) {
        (Some("missing field " | "unknown field " | "duplicate field "), Some(name)) => name,
        _ => "",
    }
}

/// Returns the error that a message of the settings or of serde describes. `None` for a message of a type outside this module.
pub(super) fn of_settings(message: &str) -> Option<Wrong> {
    if let Some(own) = message.strip_prefix(OWN) {
        return Some(own.to_owned().into());
    }
    if message.starts_with("missing field ") {
        return Some("is missing; write it".into());
    }
    // The last one, because the value that is quoted before it may contain the words too.
    let (found, expected) = message.rsplit_once(", expected ")?;
    match found.split(' ').collect::<Vec<_>>()[..] {
        ["unknown", ..] => {
            let names = expected.replace('`', "");
            Some(format!("is unknown; write {names}").into())
        }
        ["invalid", "type:" | "value:" | "length", ..] => Some(not_expected(expected)),
        _ => None,
    }
}

/// Returns the error for what serde expected.
fn not_expected(expected: &str) -> Wrong {
    let bits = expected
        .strip_prefix('u')
        .and_then(|bits| bits.parse::<u32>().ok());
    if let Some(most) = bits.and_then(|bits| u64::MAX.checked_shr(64_u32.checked_sub(bits)?)) {
        return format!("is not valid; write a whole number from 0 to {most}").into();
    }
    match expected {
        "a string" | "string or map" | "map with a single key" => {
            "is not a text; write it in quotes".into()
        }
        "a boolean" => "is neither true nor false; write true or false".into(),
        "a sequence" => "is not a list of texts; write [\"one\", \"two\"]".into(),
        "f32" | "f64" => "is not a number; write a number such as 0.5".into(),
        "i8" | "i16" | "i32" | "i64" => "is not a whole number; write digits only".into(),
        other if other.starts_with("struct ") || other == "a map" => {
            "is not a table; write { name = value }".into()
        }
        other => format!("is not valid; write {}", one_line(other)).into(),
    }
}

/// Returns the error that a message of a type outside this module describes. It has the form "problem; remedy", or is the problem alone.
pub(super) fn of_type(message: &str) -> Wrong {
    match message.split_once("; ") {
        Some((what, remedy)) => format!("{}; {}", one_line(what), one_line(remedy)).into(),
        None => format!("is not valid: {}; correct the value", one_line(message)).into(),
    }
}

/// Returns true when the message contains a text of the value, in this value or inside it. A text of less than three characters is not a secret, and
/// may be contained by chance.
pub(super) fn mentions(message: &str, value: &Value) -> bool {
    const SHORTEST: usize = 3;
    let is_in = |text: &str| text.trim().len() >= SHORTEST && message.contains(text.trim());
    match value {
        Value::Null => false,
        Value::String(text) => is_in(text) || text.split([',', '\n']).any(is_in),
        Value::Array(entries) => entries.iter().any(|entry| mentions(message, entry)),
        Value::Object(fields) => fields.values().any(|value| mentions(message, value)),
        value => is_in(&value.to_string()),
    }
}
