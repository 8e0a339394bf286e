//! The map of the standards. `rows.toml` has a row for each requirement. The marks `/// Covers: ID` above tests say which tests check it. The tests here
//! fail when a row has neither test nor reason, when a mark names no row, and when `docs/conformance.md` is not made from both. They also check the
//! tests that `docs/security.md` names. `UPDATE_DOCS=1 cargo test --test api standards` writes `docs/conformance.md`.

mod page;
mod scan;
mod threats;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde::Deserialize;

use page::page;

/// Number of rows.
const ROWS: u32 = 130;
/// Number of rows that real systems most often get wrong.
const STARS: u32 = 25;
const PAGE: &str = "docs/conformance.md";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Map {
    section: Vec<Section>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    title: String,
    row: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    number: u32,
    id: String,
    level: String,
    star: Option<String>,
    requirement: String,
    #[serde(default)]
    verdict: Verdict,
    /// The reason, what is missing, or what the tests leave out.
    why: Option<String>,
    /// From the marks above the tests.
    #[serde(skip)]
    tests: Vec<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    /// Tests check it.
    #[default]
    Held,
    /// Done in another way, on purpose; tests check that.
    Differs,
    /// Nothing here to which it applies.
    NotApplicable,
    /// Not done, or not completely.
    Open,
}

impl Map {
    /// Reads the rows, and adds the tests to them.
    fn read() -> Self {
        let mut map: Self = toml::from_str(include_str!("rows.toml")).expect("rows.toml is a map");
        let mut tests = tests_by_row();
        for row in map.section.iter_mut().flat_map(|section| &mut section.row) {
            row.tests = tests.remove(&row.id).unwrap_or_default();
        }
        map
    }

    fn rows(&self) -> impl Iterator<Item = &Row> {
        self.section.iter().flat_map(|section| &section.row)
    }
}

/// The tests that cover each id, in the order of their names.
fn tests_by_row() -> BTreeMap<String, Vec<String>> {
    let marks = scan::marks(top()).unwrap_or_else(|faults| panic!("\n{}\n", faults.join("\n")));
    let mut tests = BTreeMap::<String, Vec<String>>::new();
    for mark in marks {
        tests.entry(mark.id).or_default().push(mark.test);
    }
    tests
}

fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// What is wrong with a row by itself.
fn faults(row: &Row) -> Vec<String> {
    let mut faults = Vec::new();
    let mut must = |holds: bool, what: &str| {
        if !holds {
            faults.push(format!("row {} ({}): {what}", row.number, row.id));
        }
    };
    must(!row.id.trim().is_empty(), "has no id");
    must(!row.level.trim().is_empty(), "has no level");
    must(
        row.requirement.trim().len() > 20,
        "does not say what is required",
    );
    let has_reason = row.why.as_deref().is_some_and(|why| why.trim().len() > 20);
    match row.verdict {
        Verdict::Held => must(!row.tests.is_empty(), "is covered by no test"),
        Verdict::Differs => must(
            has_reason && !row.tests.is_empty(),
            "differs without reason or test",
        ),
        Verdict::NotApplicable => must(has_reason, "is not applicable without a reason"),
        Verdict::Open => must(has_reason, "does not say what is missing"),
    }
    let named: BTreeSet<&String> = row.tests.iter().collect();
    must(named.len() == row.tests.len(), "names a test twice");
    faults
}

fn assert_clean(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn every_row_is_there_once_with_a_test_or_a_reason() {
    let map = Map::read();
    let numbers: Vec<u32> = map.rows().map(|row| row.number).collect();
    assert_eq!(numbers, (1..=ROWS).collect::<Vec<_>>());
    let ids: BTreeSet<&String> = map.rows().map(|row| &row.id).collect();
    assert_eq!(ids.len(), numbers.len(), "an id stands twice");
    let mut stars: Vec<&String> = map.rows().filter_map(|row| row.star.as_ref()).collect();
    stars.sort_by_key(|star| star.trim_start_matches('W').parse::<u32>().ok());
    let all: Vec<String> = (1..=STARS).map(|number| format!("W{number}")).collect();
    assert_eq!(stars, all.iter().collect::<Vec<_>>());
    assert_clean(&map.rows().flat_map(faults).collect::<Vec<_>>());
}

#[test]
fn every_mark_names_a_row() {
    let map = Map::read();
    let ids: BTreeSet<&String> = map.rows().map(|row| &row.id).collect();
    let tests = tests_by_row();
    let unknown = tests.iter().filter(|(id, _)| !ids.contains(id));
    assert_clean(
        &unknown
            .map(|(id, tests)| format!("{id}: no such row; named by {}", tests.join(", ")))
            .collect::<Vec<_>>(),
    );
    assert!(tests.len() > 100, "the sources were not read");
}

#[test]
fn the_page_is_made_from_the_rows_and_the_marks() {
    let made = page(&Map::read());
    let path = top().join(PAGE);
    #[expect(
        clippy::disallowed_methods,
        reason = "a switch of this test, not a setting of the program"
    )]
    let is_update = std::env::var_os("UPDATE_DOCS").is_some();
    if is_update {
        fs::write(&path, &made).expect("the page can be written");
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == made,
        "{PAGE} is out of date; write it with: UPDATE_DOCS=1 cargo test --test api standards"
    );
}

#[test]
fn a_row_without_test_or_reason_is_noticed() {
    let row = |verdict: &str, more: &str, tests: &[&str]| {
        let text = format!(
            "number = 1\nid = \"X-1\"\nlevel = \"MUST\"\nrequirement = \"Something that is asked of us.\"\nverdict = \"{verdict}\"\n{more}"
        );
        let mut row: Row = toml::from_str(&text).expect("a row");
        row.tests = tests.iter().map(|test| (*test).to_owned()).collect();
        faults(&row).len()
    };
    let (tests, why) = (["api::metrics::a"], "why = \"because of this and that\"\n");
    assert_eq!(row("held", "", &[]), 1);
    assert_eq!(row("held", why, &[]), 1);
    assert_eq!(row("held", "", &tests), 0);
    assert_eq!(row("differs", "", &tests), 1);
    assert_eq!(row("differs", why, &[]), 1);
    assert_eq!(row("differs", why, &tests), 0);
    for verdict in ["not_applicable", "open"] {
        assert_eq!(row(verdict, "", &[]), 1);
        assert_eq!(row(verdict, "why = \" \"", &[]), 1);
        assert_eq!(row(verdict, why, &[]), 0);
    }
    assert_eq!(row("held", "", &["api::metrics::a", "api::metrics::a"]), 1);
}
