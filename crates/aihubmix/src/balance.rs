//! Computes a balance from a quota: exact decimal division, because a float would lose cents.
//!
//! Pure. It must never fail on a value that a provider sends, and never use memory in proportion to an exponent.

/// Maximum number of digits, written out, that are computed with.
const MAX_DIGITS: usize = 64;

/// Returns `quota / quota_per_unit` with two decimals, halves rounded away from zero. `quota` is a JSON number or a decimal string. `None` when it
/// is not a number, has more than 64 digits, or the unit is zero.
pub(super) fn formatted(quota: &str, quota_per_unit: u64) -> Option<String> {
    let (is_negative, unsigned) = match quota.trim().strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, quota.trim()),
    };
    let (whole, rest) = split_at_cents(unsigned)?;
    let cents = divide(&whole, &rest, quota_per_unit)?;
    let sign = if is_negative && cents.bytes().any(|b| b != b'0') {
        "-"
    } else {
        ""
    };
    let padded = format!("{cents:0>3}");
    let (units, hundredths) = padded.split_at(padded.len() - 2);
    Some(format!("{sign}{units}.{hundredths}"))
}

/// Returns the digits of a hundred times the number, before and after its point.
fn split_at_cents(number: &str) -> Option<(String, String)> {
    let (mantissa, exponent) = match number.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
        None => (number, 0),
    };
    let (before, after) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{before}{after}");
    let is_number = !before.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    if !is_number || digits.len() > MAX_DIGITS {
        return None;
    }
    let point = i64::try_from(before.len())
        .ok()?
        .checked_add(exponent)?
        .checked_add(2)?;
    let length = i64::try_from(digits.len()).ok()?;
    let limit = i64::try_from(MAX_DIGITS).ok()?;
    if point > limit {
        // Zero is zero with any exponent.
        return digits
            .bytes()
            .all(|b| b == b'0')
            .then(|| ("0".to_owned(), String::new()));
    }
    if point <= 0 {
        // The number is far below a cent. Only the first digit after the point can affect rounding, and it is at most that of 0.x.
        let zeros = usize::try_from(point.saturating_neg().min(limit)).ok()?;
        return Some(("0".to_owned(), format!("{}{digits}", "0".repeat(zeros))));
    }
    if point >= length {
        let zeros = usize::try_from(point - length).ok()?;
        return Some((format!("{digits}{}", "0".repeat(zeros)), String::new()));
    }
    let (whole, rest) = digits.split_at(usize::try_from(point).ok()?);
    Some((whole.to_owned(), rest.to_owned()))
}

/// Returns `whole.rest / divisor`, rounded to a whole number.
fn divide(whole: &str, rest: &str, divisor: u64) -> Option<String> {
    let divisor = u128::from(divisor);
    if divisor == 0 {
        return None;
    }
    let mut remainder = 0_u128;
    let mut quotient: Vec<u8> = Vec::with_capacity(whole.len() + 1);
    for digit in whole.bytes().map(|b| u128::from(b - b'0')) {
        remainder = remainder * 10 + digit;
        quotient.push(u8::try_from(remainder / divisor).ok()?);
        remainder %= divisor;
    }
    let has_half_rest = rest.bytes().next().is_some_and(|b| b >= b'5');
    let rounds_up = 2 * remainder >= divisor || (has_half_rest && 2 * remainder + 1 == divisor);
    if rounds_up {
        let mut place = quotient.len();
        loop {
            if place == 0 {
                quotient.insert(0, 1);
                break;
            }
            place -= 1;
            if quotient[place] < 9 {
                quotient[place] += 1;
                break;
            }
            quotient[place] = 0;
        }
    }
    let text: String = quotient
        .iter()
        .map(|digit| char::from(b'0' + digit))
        .collect();
    let trimmed = text.trim_start_matches('0');
    Some(if trimmed.is_empty() {
        "0".to_owned()
    } else {
        trimmed.to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quota_becomes_balance() {
        for (quota, unit, expected) in [
            ("1000000", 500_000, "2.00"),
            ("0", 500_000, "0.00"),
            ("-0", 500_000, "0.00"),
            ("-1250000", 500_000, "-2.50"),
            ("-1", 500_000, "0.00"),
            ("2499", 500_000, "0.00"),
            ("2500", 500_000, "0.01"),
            ("-2500", 500_000, "-0.01"),
            ("2499.999999", 500_000, "0.00"),
            ("4999999999", 500_000, "10000.00"),
            ("1000000.0", 500_000, "2.00"),
            ("1.25e6", 500_000, "2.50"),
            ("1.25E+6", 500_000, "2.50"),
            ("125e-2", 1, "1.25"),
            ("0.005", 1, "0.01"),
            ("0.0149", 1, "0.01"),
            ("1e-999999999999", 1, "0.00"),
            ("0e999999999", 1, "0.00"),
            ("1.5", 3, "0.50"),
            ("0.035", 7, "0.01"),
            ("0.0349", 7, "0.00"),
            ("9007199254740993", 500_000, "18014398509.48"),
            (
                "123456789012345678901234567890",
                500_000,
                "246913578024691357802469.14",
            ),
            ("18446744073709551615", 18_446_744_073_709_551_615, "1.00"),
            (" 12 ", 1, "12.00"),
        ] {
            assert_eq!(
                formatted(quota, unit).as_deref(),
                Some(expected),
                "{quota} / {unit}"
            );
        }
    }

    #[test]
    fn an_invalid_or_too_long_number_is_not_computed() {
        for quota in [
            "",
            "-",
            ".",
            ".5",
            "1..2",
            "1e",
            "e5",
            "NaN",
            "inf",
            "1e99999",
            "1e99999999999999999999",
            "--1",
            "１",
            "0x10",
        ] {
            assert_eq!(formatted(quota, 500_000), None, "{quota:?}");
        }
        assert_eq!(formatted(&"9".repeat(65), 1), None);
        assert_eq!(formatted("1", 0), None);
    }
}
