//! Renders the map as `docs/conformance.md`.

use std::fmt::Write as _;

use super::{Map, Row, Verdict};

const INTRODUCTION: &str = "\
# The standards, line by line

<!-- Made from tests/api/standards/rows.toml and the marks `/// Covers: …` above the tests. Change those, then run: UPDATE_DOCS=1 cargo test --test api standards -->

What the OAuth 2.0 standards and their neighbours ask of a program like this one (OAuth 2.0 for Browser-Based Applications, RFC 6749, 6750, 7009, 7636, 8414,
9068, 9110, 9111, 9207, 9457, 9700, 6265bis, Fetch Metadata, CSP level 3, OWASP ASVS 5.0 and its cheat sheets), in our own words, and the tests that hold each line.
† marks a strength that is our reading of the text. W1 to W25 are the lines that real systems most often get wrong.

| verdict | means |
|---|---|
| **held** | the tests fail when it is not so |
| **differs** | done in another way on purpose; the reason stands there, and the tests hold that way |
| **n/a** | there is nothing here that it speaks of |
| **open** | not done, or not wholly; what is missing stands there |

A failed callback answers 303 to `/?error=CODE`. What the lines about it ask for is what is tested: no session, and no request to the token endpoint where there must be none.

A test's name begins with its program: a crate of `crates/` (its unit tests), or a folder of `tests/`.
A row with neither test nor reason fails the build, and so does a mark that names no row.
";

/// The whole page.
pub fn page(map: &Map) -> String {
    let mut page = INTRODUCTION.to_owned();
    page += &counts(map);
    for section in &map.section {
        write!(
            page,
            "\n## {}\n\n| row | id | level | | asked | verdict | tests |\n|---|---|---|---|---|---|---|\n",
            section.title
        )
        .expect("text");
        for row in &section.row {
            page += &line(row);
        }
    }
    page
}

fn counts(map: &Map) -> String {
    let count = |verdict| map.rows().filter(|row| row.verdict == verdict).count();
    format!(
        "\n{} rows: {} held, {} differ, {} not applicable, {} open.\n",
        map.rows().count(),
        count(Verdict::Held),
        count(Verdict::Differs),
        count(Verdict::NotApplicable),
        count(Verdict::Open)
    )
}

fn line(row: &Row) -> String {
    let word = match row.verdict {
        Verdict::Held => "held",
        Verdict::Differs => "differs",
        Verdict::NotApplicable => "n/a",
        Verdict::Open => "open",
    };
    let verdict = row
        .why
        .as_ref()
        .map_or_else(|| format!("**{word}**"), |why| format!("**{word}**: {why}"));
    let tests: Vec<String> = row.tests.iter().map(|test| format!("`{test}`")).collect();
    let cells = [
        row.number.to_string(),
        row.id.clone(),
        row.level.clone(),
        row.star.clone().unwrap_or_default(),
        row.requirement.clone(),
        verdict,
        tests.join("<br>"),
    ];
    let cells = cells.map(|cell| cell.replace('|', "\\|").replace('\n', " "));
    format!("| {} |\n", cells.join(" | "))
}
