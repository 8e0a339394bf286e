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

/// Returns the field that a message names: one that is missing or unknown.
pub(super) fn named_field(message: &str) -> Option<&str> {
    let mut parts = message.split('`');
    let start = parts.next()?;
    ["missing field ", "unknown field ", "duplicate field "]
        .contains(&start)
        .then(|| parts.next())?
}

/// Returns the error that a message of the settings or of serde describes, and none for a message of a type outside this module.
pub(super) fn of_settings(message: &str) -> Option<Wrong> {
    if let Some(own) = message.strip_prefix(OWN) {
        return Some(Wrong::new(own.to_owned()));
    }
    if message.starts_with("missing field ") {
        return Some(Wrong::new("is missing; write it"));
    }
    // The last one, because the value that is quoted before it may contain the words too.
    let (found, expected) = message.rsplit_once(", expected ")?;
    let is_unknown = ["unknown field ", "unknown variant "];
    if is_unknown.iter().any(|start| found.starts_with(start)) {
        let names = expected.strip_prefix("one of ").unwrap_or(expected);
        let names = names.replace('`', "");
        let (most, last) = names.rsplit_once(", ").unwrap_or(("", &names));
        let names = match most {
            "" => last.to_owned(),
            most => format!("{most} or {last}"),
        };
        return Some(Wrong::new(format!("is unknown; write {names}")));
    }
    let is_serdes = ["invalid type: ", "invalid value: ", "invalid length "];
    let is_serdes = is_serdes.iter().any(|start| found.starts_with(start));
    is_serdes.then(|| not_expected(expected))
}

fn not_expected(expected: &str) -> Wrong {
    let most = match expected {
        "a string" | "string or map" => return Wrong::new("is not a text; write it in quotes"),
        "a boolean" => return Wrong::new("is neither true nor false; write true or false"),
        "a sequence" => return Wrong::new("is not a list of texts; write [\"one\", \"two\"]"),
        "u8" => u64::from(u8::MAX),
        "u16" => u64::from(u16::MAX),
        "u32" => u64::from(u32::MAX),
        "u64" | "usize" => u64::MAX,
        "i8" | "i16" | "i32" | "i64" | "isize" => {
            return Wrong::new("is not a whole number; write digits only");
        }
        "f32" | "f64" => return Wrong::new("is not a number; write a number such as 0.5"),
        other if other.starts_with("struct ") || other == "a map" => {
            return Wrong::new("is not a table; write { name = value }");
        }
        other => return Wrong::new(format!("is not valid; write {}", one_line(other))),
    };
    Wrong::new(format!(
        "is not valid; write a whole number from 0 to {most}"
    ))
}

/// Returns the error that a message of a type outside this module describes. It has the form "problem; remedy", or is the problem alone.
pub(super) fn of_type(message: &str) -> Wrong {
    match message.split_once("; ") {
        Some((what, remedy)) => Wrong::new(format!("{}; {}", one_line(what), one_line(remedy))),
        None => Wrong::new(format!(
            "is not valid: {}; correct the value",
            one_line(message)
        )),
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
