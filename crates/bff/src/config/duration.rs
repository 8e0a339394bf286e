//! Parser and formatter of durations: `90s`, `15m`, `12h`, `7d`.
//!
//! A duration is a whole number of one unit. It is at least one second, and at most ten years, so that adding
//! it to a date cannot overflow. The sections that hold one name it in `#[serde(with = "duration")]`. A section of an app does too:
//!
//! ```
//! #[derive(serde::Deserialize)]
//! struct Notes {
//!     #[serde(with = "bff::config::duration")]
//!     lifetime: std::time::Duration,
//! }
//! ```

use std::time::Duration;

use serde::{Deserializer, Serializer};

use super::fault::Wrong;
use super::field::parsed;

const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3_600), ('m', 60), ('s', 1)];
const LONGEST: u64 = 3_650 * 86_400;

/// Serializes a duration in the largest unit that divides it (`7d`, `90s`).
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(value: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&format(*value))
}

/// Deserializes a duration.
///
/// # Errors
/// The text is no duration.
pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
    parsed(from, parse)
}

/// Parses a duration from one second to ten years.
pub(super) fn parse(text: &str) -> Result<Duration, Wrong> {
    const WRONG: &str = "is not a duration; write 90s, 15m, 12h or 7d";
    let mut units = UNITS.iter();
    let (digits, seconds) = units
        .find_map(|(unit, seconds)| Some((text.strip_suffix(*unit)?, seconds)))
        .ok_or(WRONG)?;
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(WRONG.into());
    }
    let total = digits.parse::<u64>().ok();
    match total.and_then(|number| number.checked_mul(*seconds)) {
        Some(0) => Err("is zero; write 1s or more".into()),
        Some(total @ ..=LONGEST) => Ok(Duration::from_secs(total)),
        _ => Err("is too long a duration; write 3650d or less".into()),
    }
}

/// Formats a duration of whole seconds in the largest unit that divides it.
pub(super) fn format(duration: Duration) -> String {
    let total = duration.as_secs();
    UNITS
        .iter()
        .find(|(_, seconds)| total.is_multiple_of(*seconds))
        .map_or_else(String::new, |(letter, seconds)| {
            format!("{}{letter}", total / seconds)
        })
}
