//! The look, as far as a test can judge it: contrast (WCAG 2.2 §1.4.3) and one home for colours.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

fn style(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("static/css");
    fs::read_to_string(folder.join(name)).unwrap()
}

/// The colours of the light and of the dark scheme: `--name: light-dark(#rrggbb, #rrggbb);`.
fn schemes() -> [HashMap<String, String>; 2] {
    let tokens = style("tokens.css");
    let pairs = tokens.lines().filter_map(|line| {
        let (name, value) = line
            .trim()
            .strip_prefix("--")?
            .split_once(": light-dark(#")?;
        let (light, dark) = value.strip_suffix(");")?.split_once(", #")?;
        Some((name.to_owned(), [light.to_owned(), dark.to_owned()]))
    });
    let pairs: Vec<_> = pairs.collect();
    assert!(pairs.len() > 15, "only {} colours", pairs.len());
    [0, 1].map(|scheme| {
        let colours = pairs.iter();
        colours
            .map(|(name, both)| (name.clone(), both[scheme].clone()))
            .collect()
    })
}

fn parts(hex: &str) -> [f64; 3] {
    [0, 2, 4].map(|at| f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()))
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
            ["ground", "surface", "surface-sunk", "brand-soft"].as_slice(),
        ),
        (
            "text-soft",
            &[
                "ground",
                "surface",
                "surface-sunk",
                "brand-soft",
                "bad-ground",
            ],
        ),
        ("text", &["good-ground", "bad-ground", "warn-ground"]),
        (
            "link",
            &[
                "surface",
                "ground",
                "brand-soft",
                "surface-sunk",
                "bad-ground",
            ],
        ),
        ("brand", &["surface-sunk"]),
        ("on-brand", &["brand", "brand-hover", "brand-press"]),
        ("good", &["surface"]),
        ("good", &["good-ground"]),
        ("bad", &["bad-ground"]),
        ("warn", &["warn-ground"]),
    ];
    for (scheme, colours) in ["light", "dark"].iter().zip(schemes()) {
        for (text, grounds) in pairs {
            for ground in grounds {
                let ratio = contrast(parts(&colours[text]), parts(&colours[*ground]));
                assert!(ratio >= 4.5, "{scheme}: {text} on {ground} is {ratio:.2}");
            }
        }
        for (mark, ground) in [
            ("line-strong", "surface"),
            ("focus", "surface"),
            ("focus", "ground"),
        ] {
            let ratio = contrast(parts(&colours[mark]), parts(&colours[ground]));
            assert!(ratio >= 3.0, "{scheme}: {mark} on {ground} is {ratio:.2}");
        }
    }
}

#[test]
fn the_browsers_own_frame_has_the_colour_of_the_ground() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/pages");
    let base = fs::read_to_string(folder.join("base.html")).unwrap();
    for (scheme, colours) in ["light", "dark"].iter().zip(schemes()) {
        let colour = &colours["ground"];
        let meta = format!(
            "media=\"(prefers-color-scheme: {scheme})\"{{% endif %}} content=\"#{colour}\""
        );
        assert!(base.contains(&meta), "{meta}");
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
