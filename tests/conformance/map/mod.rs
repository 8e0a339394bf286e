//! The map of the standards: reads `rows.toml`, and fails where a row has neither test nor reason, names a test that is not there, or is
//! not told in `docs/conformance.md` as it stands here; and holds the table of threats in `docs/security.md` to the same. `UPDATE_DOCS=1 cargo test --test conformance map` writes that file anew.

mod page;
mod sources;
mod threats;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use page::page;
use sources::{tests_of_this_folder, why_it_is_no_test};

/// How many rows there are.
const ROWS: u32 = 130;
/// Numbered by how often real systems get them wrong.
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
    verdict: Verdict,
    /// The reason, what is missing, or what the tests leave out.
    why: Option<String>,
    #[serde(default)]
    tests: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    /// Tests hold it.
    Held,
    /// Done in another way, on purpose; tests hold that.
    Differs,
    /// There is nothing here that it speaks of.
    NotApplicable,
    /// Not done, or not wholly.
    Open,
}

impl Map {
    fn read() -> Self {
        toml::from_str(include_str!("../rows.toml")).expect("rows.toml is a map")
    }

    fn rows(&self) -> impl Iterator<Item = &Row> {
        self.section.iter().flat_map(|section| &section.row)
    }
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
        Verdict::Held => must(!row.tests.is_empty(), "is held by no test"),
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
fn every_test_that_a_row_names_is_there() {
    let map = Map::read();
    let named = map
        .rows()
        .flat_map(|row| row.tests.iter().map(move |test| (row.number, test)));
    let faults: Vec<String> = named
        .filter_map(|(number, test)| {
            let why = why_it_is_no_test(top(), test)?;
            Some(format!("row {number}: {test}: {why}"))
        })
        .collect();
    assert_clean(&faults);
}

#[test]
fn every_test_of_this_folder_holds_a_row() {
    let map = Map::read();
    let named: BTreeSet<&String> = map.rows().flat_map(|row| &row.tests).collect();
    let mine = tests_of_this_folder(top());
    assert!(mine.len() > 20, "the folder was not read: {mine:?}");
    let idle: Vec<String> = mine
        .into_iter()
        .filter(|test| !named.contains(test))
        .map(|test| format!("{test} holds no row"))
        .collect();
    assert_clean(&idle);
}

#[test]
fn the_page_says_what_the_map_says() {
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
        "{PAGE} is not what rows.toml says; write it anew: UPDATE_DOCS=1 cargo test --test conformance map"
    );
}

#[test]
fn a_row_without_test_or_reason_is_noticed() {
    let row = |verdict: &str, more: &str| {
        let text = format!(
            "number = 1\nid = \"X-1\"\nlevel = \"MUST\"\nrequirement = \"Something that is asked of us.\"\nverdict = \"{verdict}\"\n{more}"
        );
        faults(&toml::from_str(&text).expect("a row")).len()
    };
    let (tests, why) = (
        "tests = [\"it::metrics::a\"]\n",
        "why = \"because of this and that\"\n",
    );
    assert_eq!(row("held", ""), 1);
    assert_eq!(row("held", why), 1);
    assert_eq!(row("held", tests), 0);
    assert_eq!(row("differs", tests), 1);
    assert_eq!(row("differs", why), 1);
    assert_eq!(row("differs", &format!("{tests}{why}")), 0);
    for verdict in ["not_applicable", "open"] {
        assert_eq!(row(verdict, ""), 1);
        assert_eq!(row(verdict, "why = \" \""), 1);
        assert_eq!(row(verdict, why), 0);
    }
    assert_eq!(
        row("held", "tests = [\"it::metrics::a\", \"it::metrics::a\"]"),
        1
    );
}
