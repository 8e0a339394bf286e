//! Compares the table of log events in `docs/operations.md` with the `event = "…"` of the code: an
//! operator must find every event there, and no event that is gone. It never runs the program.
#![cfg(test)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const TABLE: &str = "docs/operations.md";

#[test]
fn every_event_of_the_log_is_explained_and_none_that_is_gone() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = fs::read_to_string(top.join(TABLE)).unwrap();
    let (explained, logged) = (explained(&table), logged(&top.join("src")));
    assert!(logged.len() > 20, "the code was not read: {logged:?}");
    let missing: Vec<_> = logged.difference(&explained).collect();
    let gone: Vec<_> = explained.difference(&logged).collect();
    assert!(missing.is_empty(), "{TABLE} does not explain {missing:?}");
    assert!(gone.is_empty(), "{TABLE} explains what is gone: {gone:?}");
}

/// The first cell of each row of the table.
fn explained(text: &str) -> BTreeSet<String> {
    text.lines()
        .skip_while(|line| !line.starts_with("| event |"))
        .take_while(|line| line.starts_with('|'))
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(event, _)| event.to_owned())
        .collect()
}

/// Every `event = "…"` in the folder.
fn logged(folder: &Path) -> BTreeSet<String> {
    let mut events = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            events.extend(logged(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let code = fs::read_to_string(&path).unwrap();
            events.extend(
                code.split("event = \"")
                    .skip(1)
                    .filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())),
            );
        }
    }
    events
}
