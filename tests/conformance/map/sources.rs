//! Whether a test is there: looked up in the sources by its name, module by module, as text.

use std::fs;
use std::path::{Path, PathBuf};

/// The test programs that a row may name, each with its first file.
const PROGRAMS: [(&str, &str); 8] = [
    ("bff", "crates/bff/src/lib.rs"),
    ("aihubmix", "crates/aihubmix/src/lib.rs"),
    ("bff_core", "crates/bff-core/src/lib.rs"),
    ("bff_store", "crates/bff-store/src/lib.rs"),
    ("oauth_sandbox", "crates/oauth-sandbox/src/lib.rs"),
    ("it", "tests/it/main.rs"),
    ("browser", "tests/browser/main.rs"),
    ("conformance", "tests/conformance/main.rs"),
];

/// Why `it::login::flow::a_name` is no test that runs; `None` when it is one.
pub fn why_it_is_no_test(top: &Path, test: &str) -> Option<String> {
    let mut parts: Vec<&str> = test.split("::").collect();
    let name = parts.pop()?;
    if parts.is_empty() {
        return Some("names no program".to_owned());
    }
    let program = parts.remove(0);
    let Some((_, first)) = PROGRAMS.iter().find(|(known, _)| *known == program) else {
        return Some(format!("there is no test program {program}"));
    };
    match module(&top.join(first), &parts) {
        Err(why) => Some(why),
        Ok(text) if is_test(&text, name) => None,
        Ok(_) => Some("there is no such test".to_owned()),
    }
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
    tests_in(text).contains(&name.to_owned()) || is_in_a_suite(text, name)
}

/// The names of the functions under `#[test]` or `#[tokio::test]`, those that are ignored left out.
fn tests_in(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut attributes: Vec<&str> = Vec::new();
    let mut is_inside = false;
    for line in text.lines().map(str::trim) {
        if is_inside || line.starts_with("#[") {
            attributes.push(line);
            // One that says its reason goes over several lines.
            is_inside = !line.ends_with(']');
            continue;
        }
        if line.starts_with("//") {
            continue;
        }
        let function = line.strip_prefix("async ").unwrap_or(line);
        if let Some(rest) = function.strip_prefix("fn ")
            && attributes.iter().any(|one| is_test_attribute(one))
            && !attributes.iter().any(|one| one.starts_with("#[ignore"))
        {
            let name = rest.split(['(', '<']).next().unwrap_or_default();
            found.push(name.to_owned());
        }
        attributes.clear();
    }
    found
}

fn is_test_attribute(attribute: &str) -> bool {
    attribute == "#[test]" || attribute.starts_with("#[tokio::test")
}

/// Whether `name` stands on a line of its own in a list such as `every_store! { … }`.
fn is_in_a_suite(text: &str, name: &str) -> bool {
    text.lines()
        .skip_while(|line| !line.trim_end().ends_with("_store! {") && !is_told_suite(line))
        .any(|line| line.trim() == name)
        && text.contains(&format!("async fn {name}("))
}

fn is_told_suite(line: &str) -> bool {
    line.trim_end().ends_with("_stores! {")
}

/// Every test of `tests/conformance` that asks the program something, as a row names it.
pub fn tests_of_this_folder(top: &Path) -> Vec<String> {
    let folder = top.join("tests/conformance");
    let entries = fs::read_dir(&folder).expect("the folder can be read");
    let files = entries.map(|entry| entry.expect("an entry can be read").path());
    let mut rooms: Vec<PathBuf> = files.filter(|path| path.is_file()).collect();
    rooms.sort();
    let mut tests = Vec::new();
    for path in rooms {
        if path.extension().is_some_and(|ending| ending == "rs") {
            let room = path.file_stem().and_then(|name| name.to_str());
            let text = fs::read_to_string(&path).expect("a source can be read");
            let named = tests_in(&text).into_iter();
            tests.extend(
                named.map(|name| format!("conformance::{}::{name}", room.unwrap_or_default())),
            );
        }
    }
    tests
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
        &format!("{test}mod tests {{\n#[test]\nfn b() {{}}\n}}\n"),
    );
    write("crates/bff/src/unused.rs", test);
    write("crates/bff/src/deep/mod.rs", "mod inner;\n");
    write("crates/bff/src/deep/inner.rs", test);
    for (name, is_there) in [
        ("bff::used::a", true),
        ("bff::used::tests::b", true),
        ("bff::used::c", false),
        ("bff::unused::a", false),
        ("bff::deep::inner::a", true),
        ("bff::inner::a", false),
        ("elsewhere::a", false),
        ("a", false),
    ] {
        let why = why_it_is_no_test(folder.path(), name);
        assert_eq!(why.is_none(), is_there, "{name}: {why:?}");
    }
}
