//! Reads the repository as text and fails where a rule of the house is broken: an import that runs
//! back, a file without its opening words, a bare `allow`, a file that is too long, a language that
//! lacks a word, a trace of somebody's machine. It never runs the program. The last module proves on
//! small examples that each rule catches what it is for.
#![cfg(test)]

#[path = "tidy/code.rs"]
mod code;

use code::{code_only, names_below, roots_named, test_modules, tokens, without_tests};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Which modules a module may import from. A module that is not here may not exist.
const ARROWS: &[(&str, &[&str])] = &[
    // `domain`, `audit` and `store` are crates, whose arrows Cargo holds.
    ("config", &["domain", "store"]),
    ("provider", &["domain", "config"]),
    // Upstreams are called with the same client and the same care for what is logged.
    ("upstream", &["domain", "config", "provider"]),
    (
        "flow",
        &["domain", "audit", "config", "store", "provider", "upstream"],
    ),
    (
        "http",
        &[
            "domain", "audit", "config", "store", "provider", "upstream", "flow",
        ],
    ),
    ("telemetry", &["domain", "audit", "config"]),
    (
        "app",
        &[
            "domain",
            "audit",
            "config",
            "store",
            "provider",
            "upstream",
            "flow",
            "http",
            "telemetry",
        ],
    ),
    // The command line is a program of its own over the library.
    (
        "commands",
        &[
            "domain",
            "config",
            "store",
            "provider",
            "flow",
            "telemetry",
            "app",
        ],
    ),
];

/// The crates inside which no modules import each other in a circle.
const CRATES_WITHOUT_CIRCLES: &[&str] = &[
    "aihubmix",
    "bff",
    "bff-bench",
    "bff-chaos",
    "bff-core",
    "bff-store",
    "bff-testing",
    "oauth-sandbox",
];

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
fn no_import_runs_back() {
    let faults = sources("crates/bff/src")
        .iter()
        .flat_map(|(path, text)| bad_arrows(path, text))
        .collect();
    assert_clean(faults);
}

#[test]
fn no_file_imports_from_its_parent_and_no_modules_import_in_a_circle() {
    let faults = CRATES_WITHOUT_CIRCLES.iter().flat_map(|name| {
        let files = sources(&format!("crates/{name}/src"));
        inner_faults(name, &files)
    });
    assert_clean(faults.collect());
}

#[test]
fn every_source_file_opens_by_saying_what_it_is() {
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
fn no_lint_is_silenced_without_an_end() {
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
fn no_file_tells_of_a_machine() {
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
fn nothing_is_left_half_done() {
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

/// The faults of one file of the engine: imports that its module may not have.
fn bad_arrows(path: &str, text: &str) -> Vec<String> {
    let module = module_path(path.trim_start_matches("crates/bff/src/"));
    // The crate root declares the modules and imports none.
    let from = module.first().map_or("lib", String::as_str);
    let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == from) else {
        return match from {
            "lib" => Vec::new(),
            _ => vec![format!("{path}: the module `{from}` is not in the table")],
        };
    };
    roots_named(&code_only(text), module.len())
        .into_iter()
        .filter(|to| to != from && !allowed.contains(&to.as_str()))
        .map(|to| format!("{path}: `{from}` must not import from `{to}`"))
        .collect()
}

/// The faults inside one crate: a file that imports from a module above it, and modules of one folder that import each other in a circle.
fn inner_faults(name: &str, files: &[(String, String)]) -> Vec<String> {
    let top = format!("crates/{name}/src/");
    let mut modules: Vec<(Vec<String>, String)> = files
        .iter()
        .map(|(path, text)| (module_path(path.trim_start_matches(&top)), code_only(text)))
        .collect();
    let of_tests: Vec<Vec<String>> = modules
        .iter()
        .flat_map(|(module, code)| {
            test_modules(code)
                .into_iter()
                .map(|name| [&module[..], &[name]].concat())
        })
        .collect();
    modules.retain(|(module, _)| !of_tests.iter().any(|tests| module.starts_with(tests)));
    let folders: BTreeSet<&[String]> = modules
        .iter()
        .flat_map(|(module, _)| (0..module.len()).map(|end| &module[..end]))
        // Above the modules of `bff` stands the table of arrows.
        .filter(|parent| name != "bff" || !parent.is_empty())
        .collect();
    let mut faults = Vec::new();
    for parent in folders {
        let imports = imports_inside(parent, &modules);
        let at = [&[name.to_owned()], parent].concat().join("::");
        for (from, all) in &imports {
            let above = all.iter().filter(|to| !imports.contains_key(*to));
            faults.extend(above.map(|to| format!("{at}::{from} imports `{to}` from {at}")));
        }
        let circles = circles(&imports);
        faults.extend(
            circles
                .iter()
                .map(|circle| format!("circle in {at}: {}", circle.join(", "))),
        );
    }
    faults
}

/// Which of its siblings each module below `parent` imports from. Tests are left out.
fn imports_inside(
    parent: &[String],
    modules: &[(Vec<String>, String)],
) -> BTreeMap<String, BTreeSet<String>> {
    let mut imports: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (module, code) in modules {
        if let Some([from, ..]) = module.strip_prefix(parent) {
            let parent: Vec<&str> = parent.iter().map(String::as_str).collect();
            let mut names = names_below(&parent, &without_tests(code), module.len());
            names.remove(from);
            imports.entry(from.clone()).or_default().extend(names);
        }
    }
    imports
}

/// The circles of imports: the sets of modules, each of which reaches each other one.
fn circles(imports: &BTreeMap<String, BTreeSet<String>>) -> BTreeSet<Vec<String>> {
    let reached: BTreeMap<&String, BTreeSet<String>> = imports
        .keys()
        .map(|from| (from, reachable(from, imports)))
        .collect();
    reached
        .iter()
        .filter(|(from, all)| all.contains(**from))
        .map(|(from, all)| {
            let back = |to: &&String| reached.get(to).is_some_and(|all| all.contains(*from));
            all.iter().filter(back).cloned().collect()
        })
        .collect()
}

/// Every module that the imports of `from` lead to.
fn reachable(from: &str, imports: &BTreeMap<String, BTreeSet<String>>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut waiting = vec![from];
    while let Some(module) = waiting.pop() {
        for to in imports.get(module).into_iter().flatten() {
            if found.insert(to.clone()) {
                waiting.push(to);
            }
        }
    }
    found
}

/// `http/auth.rs` is `[http, auth]`, `http/mod.rs` is `[http]`, `lib.rs` is the root.
fn module_path(path: &str) -> Vec<String> {
    let names = path
        .trim_end_matches(".rs")
        .split('/')
        .filter(|name| *name != "mod" && *name != "lib");
    names.map(str::to_owned).collect()
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

mod each_rule_bites {
    use super::*;

    fn arrows(path: &str, text: &str) -> usize {
        bad_arrows(path, text).len()
    }

    #[test]
    fn an_arrow_that_runs_back_is_caught_however_it_is_written() {
        for text in [
            "use crate::http::Page;",
            "use crate::{\n    config::Config,\n    http::{Page, auth},\n};",
            "use crate :: http;",
            "fn f() { crate::http::page() }",
            "pub(crate) use crate::http::*;",
            "const A: &str = \"\\\"\"; use crate::http;",
            "const A: char = '\"'; use crate::http; const B: char = '\"';",
            "const A: &str = r#\"\"\"#; use crate::http;",
            "use super::super::http;",
            "mod tests { use super::super::super::http; }",
        ] {
            assert_eq!(arrows("crates/bff/src/flow/login.rs", text), 1, "{text}");
        }
        assert_eq!(arrows("crates/bff/src/flow/mod.rs", "use super::http;"), 1);
        assert_eq!(
            arrows("crates/bff/src/app.rs", "use crate::{domain, main, http};"),
            1
        );
        assert_eq!(
            arrows("crates/bff/src/config/id.rs", "use crate::flow::Flows;"),
            1
        );
        assert_eq!(arrows("crates/bff/src/utils.rs", ""), 1);
    }

    #[test]
    fn an_arrow_that_runs_forward_passes() {
        for text in [
            "use crate::{domain::{Clock, http}, config, flow::session};",
            "// use crate::http;\n/// [`crate::http`]\n/* crate::http */",
            "const A: &str = \"use crate::http;\"; const B: &str = r#\"crate::http\"#;",
            "use super::http; mod tests { use super::super::http; use super::*; }",
            "pub(crate) fn http() {} pub(in crate::flow) fn f<'a>(a: &'a str) {}",
            "use other::crate_http; use some::http;",
        ] {
            assert_eq!(
                bad_arrows("crates/bff/src/flow/login.rs", text),
                Vec::<String>::new(),
                "{text}"
            );
        }
        assert_eq!(
            arrows(
                "crates/bff/src/commands/serve.rs",
                "use crate::commands::x; use bff::{app, config, telemetry};"
            ),
            0
        );
        assert_eq!(arrows("crates/bff/src/lib.rs", "pub use crate::http;"), 0);
    }

    fn inner(files: &[(&str, &str)]) -> Vec<String> {
        let file = |(path, text): &(&str, &str)| {
            (
                format!("crates/oauth-sandbox/src/{path}"),
                (*text).to_owned(),
            )
        };
        let files: Vec<_> = files.iter().map(file).collect();
        inner_faults("oauth-sandbox", &files)
    }

    #[test]
    fn a_circle_of_siblings_is_caught_without_the_modules_that_only_lead_to_it() {
        for text in ["use super::super::a;", "use crate::http::{a, c};"] {
            let files = [
                ("http/mod.rs", "use a::A;"),
                ("http/a.rs", "use super::b::B;"),
                ("http/b/deep.rs", text),
                ("http/c.rs", ""),
                ("http/leads.rs", "use super::{a, b};"),
            ];
            assert_eq!(inner(&files), ["circle in oauth-sandbox::http: a, b"]);
        }
        let at_the_root = [
            ("a.rs", "use crate::b;"),
            ("b.rs", "fn f() { super::a::g() }"),
        ];
        assert_eq!(inner(&at_the_root), ["circle in oauth-sandbox: a, b"]);
    }

    #[test]
    fn an_import_from_a_module_above_is_caught() {
        let faults = |path, text| inner(&[(path, text), ("flow/b.rs", "")]).len();
        assert_eq!(faults("flow/a.rs", "use super::{Flows, b};"), 1);
        assert_eq!(faults("flow/a.rs", "use super::*;"), 1);
        assert_eq!(faults("flow/a/deep.rs", "use super::A;"), 1);
        assert_eq!(faults("flow/a/deep.rs", "use crate::flow::Flows;"), 1);
        assert_eq!(
            faults("flow/a.rs", "use super::b::B; use crate::flow::b;"),
            0
        );
        assert_eq!(
            faults(
                "flow/a.rs",
                "pub(super) fn f() {} pub(in crate::flow) fn g() {}"
            ),
            0
        );
    }

    #[test]
    fn tests_may_import_from_the_module_above() {
        let files = [
            (
                "flow/a.rs",
                "#[cfg(test)] use super::A; #[cfg(test)] mod tests { use super::super::B; fn f() {} }",
            ),
            (
                "flow/mod.rs",
                "#[cfg(test)] pub(crate) mod tests; #[cfg(test)] #[cfg(unix)] mod suite;",
            ),
            ("flow/tests/mod.rs", "use super::Flows;"),
            ("flow/suite/deep.rs", "use super::A;"),
        ];
        assert_eq!(inner(&files), Vec::<String>::new());
        let after = "#[cfg(test)] mod tests { use super::B; } use super::A;";
        assert_eq!(inner(&[("flow/a.rs", after)]).len(), 1);
    }

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
    fn a_trace_of_a_machine_is_caught() {
        let found = |text| words_in(text, FOREIGN).count();
        assert_eq!(found("cd /root/x"), 1);
        assert_eq!(found("\"resolved\": \"https://registry.npmjs.org/a\""), 1);
        assert_eq!(found("https://site.example/work/"), 0);
    }
}
