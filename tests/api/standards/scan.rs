//! Finds the tests of this repository in its sources: each with its name, module by module, and with the rows that its `/// Covers: …` lines name.

use std::fs;
use std::path::{Path, PathBuf};

/// Begins a comment line above a test. Ids of rows follow, separated by commas.
const MARK: &str = "/// Covers: ";

/// A test that says what it covers.
#[derive(Debug, PartialEq, Eq)]
pub struct Covering {
    /// Such as `api::login::flow::a_name`.
    pub test: String,
    /// The id of a row.
    pub id: String,
}

/// Finds every mark in the sources under `top`. A mark that stands above no test is an error.
pub fn marks(top: &Path) -> Result<Vec<Covering>, Vec<String>> {
    let (mut found, mut faults) = (Vec::new(), Vec::new());
    for (program, first) in programs(top) {
        for path in sources_of(&first) {
            let Ok(text) = fs::read_to_string(&path) else {
                faults.push(format!("{} cannot be read", path.display()));
                continue;
            };
            let module = module_of(&program, &first, &path);
            for mark in marks_in(&text) {
                match mark {
                    Err(line) => faults.push(format!("{}:{line}: no test", path.display())),
                    Ok((name, id)) => {
                        let test = format!("{module}::{name}");
                        faults.extend(
                            why_it_is_no_test(top, &test).map(|why| format!("{test}: {why}")),
                        );
                        found.push(Covering {
                            test,
                            id: id.to_owned(),
                        });
                    }
                }
            }
        }
    }
    found.sort_by(|a, b| a.test.cmp(&b.test));
    if faults.is_empty() {
        Ok(found)
    } else {
        Err(faults)
    }
}

/// Returns why `api::login::flow::a_name` is no test that runs; `None` when it is one.
pub fn why_it_is_no_test(top: &Path, test: &str) -> Option<String> {
    let mut parts: Vec<&str> = test.split("::").collect();
    let name = parts.pop()?;
    if parts.is_empty() {
        return Some("names no program".to_owned());
    }
    let program = parts.remove(0);
    let Some((_, first)) = programs(top)
        .into_iter()
        .find(|(known, _)| *known == program)
    else {
        return Some(format!("there is no test program {program}"));
    };
    match module(&first, &parts) {
        Err(why) => Some(why),
        Ok(text) if is_test(&text, name) => None,
        Ok(_) => Some("there is no such test".to_owned()),
    }
}

/// The test programs, each with its first file: the libraries of the app and of each crate, and the folders and files of `tests`.
fn programs(top: &Path) -> Vec<(String, PathBuf)> {
    // The app has this name whatever its package is called.
    let mut found = vec![("app".to_owned(), top.join("src/lib.rs"))];
    for folder in entries(&top.join("crates")) {
        found.push((
            name_of(&folder).replace('-', "_"),
            folder.join("src/lib.rs"),
        ));
    }
    for path in entries(&top.join("tests")) {
        let first = if path.is_dir() {
            path.join("main.rs")
        } else {
            path.clone()
        };
        found.push((name_of(&path), first));
    }
    found.retain(|(_, first)| first.is_file() && first.extension().is_some_and(|end| end == "rs"));
    found
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry can be read").path())
        .collect();
    paths.sort();
    paths
}

fn name_of(path: &Path) -> String {
    let name = path.file_stem().and_then(|name| name.to_str());
    name.unwrap_or_default().to_owned()
}

/// The files of a program: its first file, and all below its folder unless the first file is alone.
fn sources_of(first: &Path) -> Vec<PathBuf> {
    if !is_root(first) {
        return vec![first.to_owned()];
    }
    let mut files = Vec::new();
    let mut folders: Vec<PathBuf> = first.parent().map(Path::to_path_buf).into_iter().collect();
    while let Some(folder) = folders.pop() {
        for path in entries(&folder) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                files.push(path);
            }
        }
    }
    files
}

fn is_root(file: &Path) -> bool {
    file.ends_with("lib.rs") || file.ends_with("main.rs")
}

/// The module of a file, such as `api::login::flow`.
fn module_of(program: &str, first: &Path, file: &Path) -> String {
    let mut parts = vec![program.to_owned()];
    if let (true, Some(folder)) = (is_root(first), first.parent()) {
        let below = file.strip_prefix(folder).unwrap_or(file).with_extension("");
        let names = below.iter().filter_map(|name| name.to_str());
        parts.extend(
            names
                .filter(|name| !["lib", "main", "mod"].contains(name))
                .map(str::to_owned),
        );
    }
    parts.join("::")
}

/// The text of a module below this file.
fn module(first: &Path, parts: &[&str]) -> Result<String, String> {
    let read = |path: &Path| {
        fs::read_to_string(path).map_err(|_| format!("{} cannot be read", path.display()))
    };
    let mut text = read(first)?;
    let mut folder = first.parent().map(Path::to_path_buf).unwrap_or_default();
    for part in parts {
        if text.lines().any(|line| declares(line, part)) {
            let file = folder.join(format!("{part}.rs"));
            folder.push(part);
            text = read(&if file.is_file() {
                file
            } else {
                folder.join("mod.rs")
            })?;
        } else if let Some((_, inside)) = text.split_once(&format!("mod {part} {{")) {
            text = inside.to_owned();
        } else {
            return Err(format!("there is no module {part}"));
        }
    }
    Ok(text)
}

/// Whether this line is `mod part;`, public or not.
fn declares(line: &str, part: &str) -> bool {
    let line = line.trim();
    let line = line.rsplit_once(") ").map_or(line, |(_, rest)| rest);
    let line = line.strip_prefix("pub ").unwrap_or(line);
    line.strip_prefix("mod ")
        .and_then(|rest| rest.strip_suffix(';'))
        == Some(part)
}

/// Whether the text holds a test of this name that runs: by its attribute, or in the list of a suite that runs on several stores.
fn is_test(text: &str, name: &str) -> bool {
    functions_in(text)
        .iter()
        .any(|function| function.name == name && function.is_test(text))
}

/// A function, with what stands above it.
struct Function<'a> {
    name: &'a str,
    has_attribute: bool,
    /// Each id that a mark names, and its line.
    covers: Vec<(&'a str, usize)>,
    /// The module inside the file, such as `tests::`.
    inside: String,
}

impl Function<'_> {
    fn is_test(&self, text: &str) -> bool {
        self.has_attribute || is_in_a_suite(text, self.name)
    }
}

/// The names of tests with the ids that they cover; the line of a mark that stands above no test.
fn marks_in(text: &str) -> Vec<Result<(String, &str), usize>> {
    let functions = functions_in(text);
    let mut known = 0;
    let mut found = Vec::new();
    for function in &functions {
        for (id, line) in &function.covers {
            known += 1;
            found.push(if function.is_test(text) {
                Ok((format!("{}{}", function.inside, function.name), *id))
            } else {
                Err(*line)
            });
        }
    }
    let marks = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix(MARK));
    if marks.flat_map(|ids| ids.split(", ")).count() > known {
        // One that stands above something else than a function.
        found.push(Err(0));
    }
    found
}

fn functions_in(text: &str) -> Vec<Function<'_>> {
    let mut found = Vec::new();
    let (mut attributes, mut covers): (Vec<&str>, Vec<(&str, usize)>) = Default::default();
    let (mut is_inside, mut inside) = (false, String::new());
    for (number, whole) in text.lines().enumerate() {
        let line = whole.trim();
        if is_inside || line.starts_with("#[") {
            attributes.push(line);
            // One that says its reason goes over several lines.
            is_inside = !line.ends_with(']');
            continue;
        }
        if let Some(ids) = line.strip_prefix(MARK) {
            covers.extend(ids.split(", ").map(|id| (id, number + 1)));
            continue;
        }
        if line.starts_with("//") {
            continue;
        }
        if let Some(name) = whole
            .strip_prefix("mod ")
            .and_then(|rest| rest.strip_suffix(" {"))
        {
            inside = format!("{name}::");
        } else if whole == "}" {
            inside.clear();
        }
        let function = line.strip_prefix("async ").unwrap_or(line);
        if let Some(rest) = function.strip_prefix("fn ") {
            let runs = !attributes.iter().any(|one| one.starts_with("#[ignore"));
            found.push(Function {
                name: rest.split(['(', '<']).next().unwrap_or_default(),
                has_attribute: runs && attributes.iter().any(|one| is_test_attribute(one)),
                covers: std::mem::take(&mut covers),
                inside: inside.clone(),
            });
        }
        attributes.clear();
        covers.clear();
    }
    found
}

fn is_test_attribute(attribute: &str) -> bool {
    attribute == "#[test]" || attribute.starts_with("#[tokio::test")
}

/// Whether `name` stands on a line of its own in a list such as `every_store! { … }`.
fn is_in_a_suite(text: &str, name: &str) -> bool {
    text.lines()
        .skip_while(|line| !begins_a_suite(line))
        .any(|line| line.trim() == name)
        && text.contains(&format!("async fn {name}("))
}

fn begins_a_suite(line: &str) -> bool {
    let line = line.trim_end();
    line.ends_with("_store! {") || line.ends_with("_stores! {")
}

#[test]
fn only_functions_that_run_as_tests_are_taken_for_tests() {
    let text = "\
        #[test]\nfn plain() {}\n\
        #[tokio::test]\n// why\nasync fn waiting() {}\n\
        #[tokio::test(flavor = \"multi_thread\")]\nasync fn many() {}\n\
        #[test]\n#[expect(\n    some_lint,\n    reason = \"because\"\n)]\nfn with_a_reason() {}\n\
        #[test]\n#[ignore = \"slow\"]\nfn ignored() {}\n\
        fn no_test() {}\n\
        #[test]\nconst X: u8 = 0;\nfn after_something_else() {}\n\
        every_store! {\n    in_the_suite\n    without_a_body\n}\nasync fn in_the_suite(Fixture) {}\n";
    for (name, expected) in [
        ("plain", true),
        ("waiting", true),
        ("many", true),
        ("with_a_reason", true),
        ("ignored", false),
        ("no_test", false),
        ("after_something_else", false),
        ("in_the_suite", true),
        ("without_a_body", false),
        ("nowhere", false),
    ] {
        assert_eq!(is_test(text, name), expected, "{name}");
    }
}

#[test]
fn a_mark_counts_for_the_test_below_it_only() {
    let mark = |ids: &str| format!("{MARK}{ids}\n");
    let text = [
        mark("A-1, A-2").as_str(),
        "#[test]\nfn one() {}\n",
        "mod tests {\n/// Text.\n",
        &mark("B-1"),
        "#[tokio::test]\nasync fn two() {}\n}\n#[test]\nfn three() {}\n",
    ]
    .concat();
    let found = [
        ("one".to_owned(), "A-1"),
        ("one".to_owned(), "A-2"),
        ("tests::two".to_owned(), "B-1"),
    ];
    assert_eq!(marks_in(&text), found.map(Ok));
    assert_eq!(
        marks_in(&format!("{}fn no_test() {{}}\n", mark("A"))),
        [Err(1)]
    );
    assert_eq!(
        marks_in(&format!("{}const X: u8 = 0;\n", mark("A"))),
        [Err(0)]
    );
}

#[test]
fn a_module_counts_only_where_it_is_declared() {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("it can be made");
        fs::write(path, text).expect("it can be written");
    };
    let test = "#[test]\nfn a() {}\n";
    write(
        "crates/bff/src/lib.rs",
        "pub mod used;\npub(crate) mod deep;\n",
    );
    write(
        "crates/bff/src/used.rs",
        &format!("{test}mod tests {{\n{MARK}A\n#[test]\nfn b() {{}}\n}}\n"),
    );
    write("crates/bff/src/unused.rs", test);
    write("crates/bff/src/deep/mod.rs", "mod inner;\n");
    write("crates/bff/src/deep/inner.rs", test);
    write("tests/one.rs", &format!("{MARK}B\n{test}"));
    for (name, is_there) in [
        ("bff::used::a", true),
        ("bff::used::tests::b", true),
        ("bff::used::c", false),
        ("bff::unused::a", false),
        ("bff::deep::inner::a", true),
        ("bff::inner::a", false),
        ("one::a", true),
        ("elsewhere::a", false),
        ("a", false),
    ] {
        let why = why_it_is_no_test(folder.path(), name);
        assert_eq!(why.is_none(), is_there, "{name}: {why:?}");
    }
    let covering = |test: &str, id: &str| Covering {
        test: test.to_owned(),
        id: id.to_owned(),
    };
    let expected = vec![
        covering("bff::used::tests::b", "A"),
        covering("one::a", "B"),
    ];
    assert_eq!(marks(folder.path()), Ok(expected));
    write("crates/bff/src/unused.rs", &format!("{MARK}C\n{test}"));
    assert!(marks(folder.path()).is_err());
}
