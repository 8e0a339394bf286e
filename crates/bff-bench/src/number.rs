//! Numbers as people read them.

/// Returns a number with these decimals and with commas between thousands.
pub fn number(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let (sign, text) = text
        .strip_prefix('-')
        .map_or(("", &*text), |rest| ("-", rest));
    let (whole, fraction) = text
        .split_once('.')
        .map_or((text, None), |(w, f)| (w, Some(f)));
    let digits = whole.len();
    let mut grouped = String::from(sign);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (digits - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    match fraction {
        Some(fraction) => format!("{grouped}.{fraction}"),
        None => grouped,
    }
}

/// Returns a number in three characters or so: `950`, `1.5k`, `20M`.
pub fn short(value: f64) -> String {
    let (scaled, unit) = match value {
        v if v >= 1e9 => (v / 1e9, "G"),
        v if v >= 1e6 => (v / 1e6, "M"),
        v if v >= 1e3 => (v / 1e3, "k"),
        v => (v, ""),
    };
    let text = format!("{scaled:.1}");
    format!("{}{unit}", text.strip_suffix(".0").unwrap_or(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_separated() {
        let shown: Vec<String> = [0.0, 999.4, 1_000.0, 1_234_567.89, -12_345.0]
            .into_iter()
            .map(|value| number(value, 0))
            .collect();
        assert_eq!(shown, ["0", "999", "1,000", "1,234,568", "-12,345"]);
        assert_eq!(number(1_234.5, 1), "1,234.5");
    }

    #[test]
    fn a_short_number_has_a_unit() {
        let shown = [5.0, 1_500.0, 20_000_000.0, 0.1].map(short);
        assert_eq!(shown, ["5", "1.5k", "20M", "0.1"]);
    }
}
