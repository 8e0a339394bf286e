//! Reads the repository as text and fails where a rule of CONTRIBUTING.md is broken: an import against the order of the modules, a file without
//! `//!` lines, a bare `allow`, a file that is too long, a text that no template uses, a path or host of one machine. It does not run the program. The
//! modules `each_rule_finds_its_fault` show with small examples that each rule finds what it is for.
#![cfg(test)]

#[path = "tidy/code.rs"]
mod code;
#[path = "tidy/imports.rs"]
mod imports;

use code::{code_only, tokens};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Longest source file of the program, in lines.
const MAX_LINES: usize = 350;
/// Longest file of tests, in lines.
const MAX_LINES_OF_TESTS: usize = 400;

/// What says where a file was written or fetched, and so has no place in one.
const FOREIGN: &[&str] = &[
    "/work/",
    "/root/",
    "registry.npmjs.org",
    "files.pythonhosted.org",
    "pypi.org",
    "index.crates.io",
    "static.crates.io",
    "deb.debian.org",
];

/// What is left to do stands in the issue tracker.
const UNFINISHED: &[&str] = &["TODO", "FIXME", "(to come)"];

#[test]
fn every_source_file_begins_with_a_doc_comment() {
    let silent = rust_files()
        .into_iter()
        .filter(|(_, text)| !text.starts_with("//! "));
    assert_clean(
        silent
            .map(|(path, _)| format!("{path}: does not open with `//! `"))
            .collect(),
    );
}

#[test]
fn no_lint_is_allowed_without_a_reason() {
    let faults = rust_files()
        .into_iter()
        .filter(|(_, text)| has_bare_allow(text));
    assert_clean(
        faults
            .map(|(path, _)| format!("{path}: use `expect` with a reason"))
            .collect(),
    );
}

#[test]
fn no_source_file_is_too_long() {
    let files = ["src", "crates"].into_iter().flat_map(sources);
    let faults = files.filter_map(|(path, text)| {
        let (lines, most) = (text.lines().count(), max_lines(&path));
        (lines > most).then(|| format!("{path}: {lines} lines, {most} at most"))
    });
    assert_clean(faults.collect());
}

/// Returns the limit for a file: that of tests for modules of tests and for the contract suite of the stores.
fn max_lines(path: &str) -> usize {
    let is_of_tests = ["/tests/", "/tests.rs", "/contract"]
        .iter()
        .any(|part| path.contains(part));
    if is_of_tests {
        MAX_LINES_OF_TESTS
    } else {
        MAX_LINES
    }
}

/// The beginnings of ids that code or a template builds while the program runs.
const BUILT_IDS: &[&str] = &[
    "ended-",
    "error-",
    "problem-",
    "trouble-",
    "notice-",
    "status-",
    "theme-",
    "ago-",
    "language-name",
    "-",
];

#[test]
fn every_word_is_used_by_a_template() {
    let folders = ["templates", "crates/bff/templates"];
    let (words, templates): (Vec<_>, Vec<_>) = folders
        .into_iter()
        .flat_map(files)
        .partition(|(path, _)| path.ends_with(".ftl"));
    let templates: String = templates.into_iter().map(|(_, text)| text).collect();
    let mut faults = BTreeSet::new();
    for (path, text) in words {
        for id in unused_words(&text, &templates) {
            faults.insert(format!("{path}: no template uses `{id}`"));
        }
    }
    assert_clean(faults.into_iter().collect());
}

#[test]
fn no_file_names_a_path_or_host_of_one_machine() {
    let mut faults = Vec::new();
    for (path, text) in files("") {
        // This file holds the words; the lock file of cargo names the index, as it must.
        if path != "tests/tidy.rs" && path != "Cargo.lock" {
            faults.extend(words_in(&text, FOREIGN).map(|word| format!("{path}: holds `{word}`")));
        }
    }
    assert_clean(faults);
}

#[test]
fn no_file_has_a_note_of_unfinished_work() {
    let mut faults = Vec::new();
    for (path, text) in files("") {
        if path != "tests/tidy.rs" {
            faults
                .extend(words_in(&text, UNFINISHED).map(|word| format!("{path}: holds `{word}`")));
        }
    }
    assert_clean(faults);
}

fn assert_clean(faults: Vec<String>) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

fn has_bare_allow(text: &str) -> bool {
    let code = code_only(text);
    let tokens = tokens(&code);
    tokens
        .windows(3)
        .any(|three| matches!(three, ["[", "allow", "("]))
}

/// The identifiers of the messages of a Fluent file.
fn message_ids(text: &str) -> BTreeSet<String> {
    let entries = text.lines().filter_map(|line| line.split_once('='));
    let ids = entries.map(|(id, _)| id.trim_end());
    ids.filter(|id| {
        id.starts_with(|c: char| c.is_ascii_alphabetic() || c == '-') && !id.contains(' ')
    })
    .map(str::to_owned)
    .collect()
}

/// Returns the ids of a file of words that no template names.
fn unused_words(words: &str, templates: &str) -> Vec<String> {
    let is_used = |id: &String| {
        BUILT_IDS.iter().any(|family| id.starts_with(family))
            || templates.contains(&format!("id=\"{id}\""))
    };
    message_ids(words)
        .into_iter()
        .filter(|id| !is_used(id))
        .collect()
}

/// Those of `words` that the text holds where a word can begin.
fn words_in<'a>(text: &str, words: &[&'a str]) -> impl Iterator<Item = &'a str> {
    let starts_there = |word: &str| {
        text.match_indices(word).any(|(at, _)| {
            let before = text[..at].chars().next_back();
            before.is_none_or(|c| !c.is_alphanumeric() && !"._-~}".contains(c))
        })
    };
    words
        .iter()
        .copied()
        .filter(|word| starts_there(word))
        .collect::<Vec<_>>()
        .into_iter()
}

fn rust_files() -> Vec<(String, String)> {
    let folders = ["src", "crates", "tests", "fuzz/src", "fuzz/fuzz_targets"];
    folders.into_iter().flat_map(sources).collect()
}

fn sources(folder: &str) -> Vec<(String, String)> {
    files(folder)
        .into_iter()
        .filter(|(path, _)| path.ends_with(".rs"))
        .collect()
}

/// Every text file in a folder of the repository, with its path from the top. What is built, fetched
/// or private is left out.
fn files(folder: &str) -> Vec<(String, String)> {
    const NOT_OURS: &[&str] = &[
        ".git",
        "target",
        "node_modules",
        "data",
        "artefacts",
        "__pycache__",
        ".env",
    ];
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut waiting = vec![top.join(folder)];
    let mut found = Vec::new();
    while let Some(path) = waiting.pop() {
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        if path != top && NOT_OURS.contains(&name) {
            continue;
        }
        if path.is_dir() {
            let entries = fs::read_dir(&path).expect("a folder of the repository can be read");
            waiting.extend(entries.map(|entry| entry.expect("an entry can be read").path()));
        } else if let Ok(text) = fs::read_to_string(&path) {
            found.push((from_top(top, &path), text));
        }
    }
    found.sort();
    found
}

fn from_top(top: &Path, path: &Path) -> String {
    let inner = path
        .strip_prefix(top)
        .expect("the file lies in the repository");
    inner.to_string_lossy().replace('\\', "/")
}

mod each_rule_finds_its_fault {
    use super::*;

    #[test]
    fn a_bare_allow_is_caught_and_an_expect_is_not() {
        assert!(has_bare_allow("#[allow(dead_code)]\nfn f() {}"));
        assert!(has_bare_allow("#![ allow (dead_code) ]"));
        assert!(!has_bare_allow(
            "#[expect(dead_code, reason = \"#[allow(x)]\")] // #[allow(x)]"
        ));
    }

    #[test]
    fn a_word_that_no_template_uses_is_caught() {
        let words = "# a = b\nsign-in = x = y\n    more = z\n\n-brand=Q\nold = 1\nended-x = 2\n";
        assert_eq!(unused_words(words, "{{ t(id=\"sign-in\") }}"), ["old"]);
    }

    #[test]
    fn a_path_or_host_of_one_machine_is_caught() {
        let found = |text| words_in(text, FOREIGN).count();
        assert_eq!(found("cd /root/x"), 1);
        assert_eq!(found("\"resolved\": \"https://registry.npmjs.org/a\""), 1);
        assert_eq!(found("https://site.example/work/"), 0);
    }
}
