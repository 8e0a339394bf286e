//! Tests of durations: what is parsed, what is refused, and what is printed.

use std::time::Duration;

use crate::config::duration::{format, parse};

#[test]
fn whole_numbers_of_one_unit_are_durations() {
    for (text, seconds) in [
        ("1s", 1),
        ("90s", 90),
        ("15m", 900),
        ("12h", 43_200),
        ("7d", 604_800),
        ("3650d", 315_360_000),
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
    for seconds in [1, 59, 60, 61, 3_600, 5_400, 86_400, 90_000, 315_360_000] {
        let duration = Duration::from_secs(seconds);
        assert_eq!(parse(&format(duration)), Ok(duration));
    }
}
