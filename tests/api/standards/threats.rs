//! Checks that each row of the tables of `docs/security.md` names tests, and that they exist.

use std::fs;

use super::scan::why_it_is_no_test;
use super::{assert_clean, top};

const PAGE: &str = "docs/security.md";
const HEADING: &str = "## Against whom, and by what";

/// What is wrong with the table in this text; none where every line of it names tests that are there.
fn faults(text: &str, why_not: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let mut faults = Vec::new();
    let section = text.split_once(HEADING).map_or("", |(_, rest)| rest);
    let rows: Vec<Vec<&str>> = section
        .lines()
        .skip_while(|line| !line.starts_with("|---"))
        .skip(1)
        .take_while(|line| line.starts_with('|'))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    if rows.is_empty() {
        faults.push(format!("{PAGE}: there is no table under {HEADING}"));
    }
    for row in rows {
        let what = row.iter().take(2).copied().collect::<Vec<_>>().join(", ");
        let tests: Vec<&str> = row
            .get(4)
            .unwrap_or(&"")
            .split("<br>")
            .filter_map(|cell| cell.strip_prefix('`')?.strip_suffix('`'))
            .collect();
        if tests.is_empty() {
            faults.push(format!("{PAGE}: no test proves: {what}"));
        }
        let missing = tests.into_iter().filter_map(|test| {
            let why = why_not(test)?;
            Some(format!("{PAGE}: {what}: {test}: {why}"))
        });
        faults.extend(missing);
    }
    faults
}

#[test]
fn every_threat_names_the_tests_that_prove_what_stops_it() {
    let text = fs::read_to_string(top().join(PAGE)).expect("the page can be read");
    assert_clean(&faults(&text, |test| why_it_is_no_test(top(), test)));
}

/// Every fault that was mended names its tests in the last column, and they are there.
#[test]
fn every_fault_that_was_mended_names_tests_that_are_there() {
    let text = fs::read_to_string(top().join(PAGE)).expect("the page can be read");
    let (_, section) = text
        .split_once("## Faults that were found")
        .expect("it is there");
    let (section, _) = section.split_once("\n## ").expect("it ends");
    let rows = section.lines().filter(|line| line.starts_with("| "));
    let mut missing = Vec::new();
    for row in rows.skip(1) {
        let (_, tests) = row
            .trim_end_matches(" |")
            .rsplit_once(" | ")
            .expect("a column");
        let names = tests.split("<br>").map(|name| name.trim_matches('`'));
        missing.extend(names.filter_map(|name| Some((name, why_it_is_no_test(top(), name)?))));
    }
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn a_threat_without_a_test_is_noticed() {
    let count = |cells: &str| {
        let table = format!(
            "{HEADING}\n\n| a | b | c | d | e |\n|---|---|---|---|---|\n{cells}\n\n| x | y |\n"
        );
        let why_not = |test: &str| (test == "api::gone").then(|| "gone".to_owned());
        faults(&table, why_not).len()
    };
    assert_eq!(
        count("| who | what | how | `where` | `api::a`<br>`api::b` |"),
        0
    );
    assert_eq!(count("| who | what | how | `where` | |"), 1);
    assert_eq!(count("| who | what | how | `where` |"), 1);
    assert_eq!(
        count("| who | what | how | `where` | `api::gone`<br>`api::a` |"),
        1
    );
    assert_eq!(count(""), 1);
    assert_eq!(faults("", |_| None).len(), 1);
}
