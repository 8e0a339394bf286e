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
fn parse(text: &str) -> Result<Duration, Wrong> {
    let remedy = "write 90s, 15m, 12h or 7d";
    let not_one = || Wrong::new("is not a duration", remedy);
    let unit = text.chars().next_back().ok_or_else(not_one)?;
    let &(_, seconds) = UNITS
        .iter()
        .find(|(letter, _)| *letter == unit)
        .ok_or_else(not_one)?;
    let digits = text.trim_end_matches(unit);
    if digits.len() + unit.len_utf8() != text.len()
        || digits.is_empty()
        || !digits.bytes().all(|byte| byte.is_ascii_digit())
    {
        return Err(not_one());
    }
    let total = digits
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(seconds))
        .filter(|total| *total <= LONGEST)
        .ok_or_else(|| Wrong::new("is too long a duration", "write 3650d or less"))?;
    if total == 0 {
        return Err(Wrong::new("is zero", "write 1s or more"));
    }
    Ok(Duration::from_secs(total))
}

/// Formats a duration of whole seconds in the largest unit that divides it.
fn format(duration: Duration) -> String {
    let total = duration.as_secs();
    UNITS
        .iter()
        .find(|(_, seconds)| total.is_multiple_of(*seconds))
        .map_or_else(String::new, |(letter, seconds)| {
            format!("{}{letter}", total / seconds)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_of_one_unit_are_durations() {
        for (text, seconds) in [
            ("1s", 1),
            ("90s", 90),
            ("15m", 900),
            ("12h", 43_200),
            ("7d", 604_800),
            ("3650d", LONGEST),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for text in [
            "",
            "s",
            "0s",
            "0d",
            "-1s",
            "+1s",
            "1",
            "1.5h",
            "1h30m",
            "1 h",
            " 1h",
            "1h ",
            "1ss",
            "1w",
            "1S",
            "１s",
            "1秒",
            "3651d",
            "99999999999999999999s",
            "18446744073709551615d",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_printed_duration_parses_to_the_same_duration() {
        for seconds in [1, 59, 60, 61, 3_600, 5_400, 86_400, 90_000, LONGEST] {
            let duration = Duration::from_secs(seconds);
            assert_eq!(parse(&format(duration)), Ok(duration));
        }
    }
}
