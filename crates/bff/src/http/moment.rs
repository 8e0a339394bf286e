//! A point in time as pages and the API show it: absolute in UTC, and relative to now in the reader's language.

use std::time::Duration;

use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::domain::Timestamp;

/// A point in time for a template.
#[derive(Serialize)]
pub struct Moment {
    /// For the attribute `datetime`: RFC 3339, UTC, whole seconds.
    machine: String,
    /// For readers: `2026-11-30 08:05 UTC`.
    text: String,
    /// The id of the words for its age. They have the argument `count`.
    ago: &'static str,
    count: u64,
}

impl Moment {
    /// Returns the moment as it is shown at `now`.
    #[must_use]
    pub fn new(at: Timestamp, now: Timestamp) -> Self {
        let (ago, count) = age(now.since(at));
        let seconds = Timestamp::from_millis(at.as_millis() / 1_000 * 1_000);
        let machine = rfc3339(seconds);
        // RFC 3339 begins with date, `T`, hours and minutes.
        let text = format!(
            "{} UTC",
            machine.get(..16).unwrap_or_default().replace('T', " ")
        );
        Self {
            machine,
            text,
            ago,
            count,
        }
    }
}

/// Returns the id of the words for an age, and its number of units.
const fn age(age: Duration) -> (&'static str, u64) {
    let minutes = age.as_secs() / 60;
    match minutes {
        0 => ("ago-just_now", 0),
        1..60 => ("ago-minutes", minutes),
        60..2_880 => ("ago-hours", minutes / 60),
        _ => ("ago-days", minutes / 1_440),
    }
}

/// Returns the moment as RFC 3339 writes it, in UTC.
pub fn rfc3339(at: Timestamp) -> String {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(at.as_millis()) * 1_000_000)
        .ok()
        .and_then(|at| at.format(&Rfc3339).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_counted_in_the_unit_that_a_reader_uses() {
        for (seconds, words, count) in [
            (0, "ago-just_now", 0),
            (59, "ago-just_now", 0),
            (60, "ago-minutes", 1),
            (59 * 60 + 59, "ago-minutes", 59),
            (60 * 60, "ago-hours", 1),
            (47 * 60 * 60, "ago-hours", 47),
            (48 * 60 * 60, "ago-days", 2),
            (29 * 86_400, "ago-days", 29),
        ] {
            assert_eq!(
                age(Duration::from_secs(seconds)),
                (words, count),
                "{seconds}"
            );
        }
    }

    #[test]
    fn a_moment_is_shown_in_utc() {
        let at = Timestamp::from_millis(1_640_995_267_999);
        let moment = Moment::new(at, at);
        assert_eq!(moment.machine, "2022-01-01T00:01:07Z");
        assert_eq!(moment.text, "2022-01-01 00:01 UTC");
        assert_eq!(moment.ago, "ago-just_now");
    }
}
