//! The look, as far as a test can judge it: contrast (WCAG 2.2 §1.4.3) and one home for colours.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

fn style(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("static/css");
    fs::read_to_string(folder.join(name)).unwrap()
}

/// The colours of the light scheme, and those of the dark one laid over them.
fn schemes() -> [HashMap<String, [f64; 3]>; 2] {
    let tokens = style("tokens.css");
    let (light, dark) = tokens
        .split_once("@media (prefers-color-scheme: dark)")
        .unwrap();
    let light = colours(light);
    let mut both = light.clone();
    both.extend(colours(dark));
    [light, both]
}

fn colours(css: &str) -> HashMap<String, [f64; 3]> {
    let part = |hex: &str, at: usize| f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap());
    css.lines()
        .filter_map(|line| {
            line.trim()
                .strip_prefix("--")?
                .strip_suffix(';')?
                .split_once(": #")
        })
        .map(|(name, hex)| (name.to_owned(), [part(hex, 0), part(hex, 2), part(hex, 4)]))
        .collect()
}

fn luminance(colour: [f64; 3]) -> f64 {
    let [red, green, blue] = colour.map(|part| match part / 255.0 {
        low if low <= 0.04045 => low / 12.92,
        high => ((high + 0.055) / 1.055).powf(2.4),
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn text_stands_out_from_its_ground_in_both_schemes() {
    let pairs = [
        (
            "text",
            ["ground", "glow-one", "glow-two", "surface", "surface-sunk"].as_slice(),
        ),
        (
            "text-soft",
            &["ground", "glow-one", "glow-two", "surface", "surface-sunk"],
        ),
        ("text", &["good-ground", "bad-ground", "warn-ground"]),
        ("link", &["surface", "ground"]),
        ("brand", &["surface"]),
        ("on-brand", &["brand", "brand-hover"]),
        (
            "on-panel",
            &["panel-from", "panel-to", "panel-bad-from", "panel-bad-to"],
        ),
        (
            "on-panel-soft",
            &["panel-from", "panel-to", "panel-bad-from", "panel-bad-to"],
        ),
        ("good", &["good-ground"]),
        ("bad", &["bad-ground"]),
        ("warn", &["warn-ground"]),
    ];
    for (scheme, colours) in ["light", "dark"].iter().zip(schemes()) {
        for (text, grounds) in pairs {
            for ground in grounds {
                let ratio = contrast(colours[text], colours[*ground]);
                assert!(ratio >= 4.5, "{scheme}: {text} on {ground} is {ratio:.2}");
            }
        }
        for (mark, ground) in [
            ("line-strong", "surface"),
            ("focus", "surface"),
            ("focus", "ground"),
        ] {
            let ratio = contrast(colours[mark], colours[ground]);
            assert!(ratio >= 3.0, "{scheme}: {mark} on {ground} is {ratio:.2}");
        }
    }
}

#[test]
fn colours_are_defined_in_one_file() {
    let page = style("page.css");
    for line in page.lines() {
        assert!(
            !line.contains(": #") && !line.contains("rgb("),
            "a colour outside tokens.css: {line}"
        );
    }
}
