//! The end of a certificate's validity, read from its DER form (RFC 5280 §4.1.2.5).

use time::{Date, Month, PrimitiveDateTime, Time};

use crate::domain::Timestamp;

const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// Returns when the certificate ends to be valid. `None` when it cannot be read.
pub fn not_after(certificate: &[u8]) -> Option<Timestamp> {
    let (_, whole, _) = element(certificate)?;
    let (SEQUENCE, mut rest, _) = element(whole)? else {
        return None;
    };
    // The version is left out in a certificate of version 1.
    if let (VERSION, _, after) = element(rest)? {
        rest = after;
    }
    // Serial number, signature algorithm, issuer.
    for _ in 0..3 {
        rest = element(rest)?.2;
    }
    let (_, validity, _) = element(rest)?;
    let (_, _, after) = element(validity)?;
    let (tag, text, _) = element(after)?;
    let text = std::str::from_utf8(text).ok()?;
    match tag {
        UTC_TIME => {
            let year: i32 = text.get(..2)?.parse().ok()?;
            let century = if year < 50 { 2000 } else { 1900 };
            moment(century + year, text.get(2..)?)
        }
        GENERALIZED_TIME => moment(text.get(..4)?.parse().ok()?, text.get(4..)?),
        _ => None,
    }
}

/// Splits off the first element: its tag, its content, and what follows it.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, mut rest) = rest.split_first()?;
    let mut length = usize::from(*first);
    if length >= 0x80 {
        let count = length - 0x80;
        let (digits, after) = rest.split_at_checked(count)?;
        if count > 4 {
            return None;
        }
        length = digits
            .iter()
            .fold(0, |sum, digit| sum << 8 | usize::from(*digit));
        rest = after;
    }
    let (content, after) = rest.split_at_checked(length)?;
    Some((*tag, content, after))
}

/// Reads `MMDDHHMMSSZ`.
fn moment(year: i32, text: &str) -> Option<Timestamp> {
    let two = |start: usize| text.get(start..start + 2)?.parse::<u8>().ok();
    let date = Date::from_calendar_date(year, Month::try_from(two(0)?).ok()?, two(2)?).ok()?;
    let time = Time::from_hms(two(4)?, two(6)?, two(8)?).ok()?;
    let seconds = PrimitiveDateTime::new(date, time)
        .assume_utc()
        .unix_timestamp();
    text.ends_with('Z')
        .then(|| Timestamp::from_millis(seconds * 1000))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn der(tag: u8, content: &[u8]) -> Vec<u8> {
        let length = u8::try_from(content.len()).unwrap();
        // The long form of the length, as real certificates have it.
        [&[tag, 0x81, length], content].concat()
    }

    fn certificate(version: &[u8], end: (u8, &str)) -> Vec<u8> {
        let start = der(UTC_TIME, b"250101000000Z");
        let end = der(end.0, end.1.as_bytes());
        let validity = der(SEQUENCE, &[start, end].concat());
        let fields = [
            version,
            &der(0x02, b"1"),
            &der(SEQUENCE, b""),
            &der(SEQUENCE, b""),
            &validity,
        ]
        .concat();
        der(SEQUENCE, &der(SEQUENCE, &fields))
    }

    #[test]
    fn the_end_is_read_in_both_forms_of_time() {
        let version = der(VERSION, &der(0x02, &[2]));
        for (version, end, expected) in [
            (
                &version[..],
                (UTC_TIME, "300102030405Z"),
                Some(1_893_553_445_000),
            ),
            (&[], (UTC_TIME, "300102030405Z"), Some(1_893_553_445_000)),
            (
                &version,
                (GENERALIZED_TIME, "20500102030405Z"),
                Some(2_524_705_445_000),
            ),
            (&version, (UTC_TIME, "301302030405Z"), None),
            (&version, (UTC_TIME, "300102030405"), None),
            (&version, (0x16, "300102030405Z"), None),
        ] {
            let found = not_after(&certificate(version, end));
            assert_eq!(found.map(Timestamp::as_millis), expected, "{end:?}");
        }
    }

    #[test]
    fn what_is_cut_off_is_no_certificate() {
        let whole = certificate(&[], (UTC_TIME, "300102030405Z"));
        for length in 0..whole.len() {
            assert_eq!(not_after(&whole[..length]), None, "{length}");
        }
        assert_eq!(not_after(&[SEQUENCE, 0x85, 1, 1, 1, 1, 1]), None);
    }
}
