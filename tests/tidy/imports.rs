//! Imports go in one direction: the arrows between the modules of the engine, and no circle inside a crate.

use crate::code::{code_only, names_below, roots_named, test_modules, without_tests};
use crate::{assert_clean, sources};
use std::collections::{BTreeMap, BTreeSet};

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

#[test]
fn no_import_is_against_the_order_of_the_modules() {
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

mod each_rule_finds_its_fault {
    use super::*;

    fn arrows(path: &str, text: &str) -> usize {
        bad_arrows(path, text).len()
    }

    #[test]
    fn an_import_against_the_order_is_caught_in_every_form() {
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
    fn an_import_in_the_order_passes() {
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
}
