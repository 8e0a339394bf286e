//! Bundles: one file in place of several, so that a first visit needs few requests.
//!
//! `css/style.css` is the engine's style sheets and the app's `css/app.css`. `js/NAME.bundle.js` is the module `js/NAME.js` with the modules that it
//! imports. Each module becomes a function that returns its exports. A module that uses a form which is not read here makes the bundle import
//! `NAME.js` as it is.

use std::collections::BTreeMap;

/// The name of the bundle of style sheets.
pub(super) const STYLES: &str = "css/style.css";
/// The style sheets in their order. The last is the app's.
const STYLE_SHEETS: [&str; 4] = [
    "css/tokens.css",
    "css/page.css",
    "css/devices.css",
    "css/app.css",
];

/// Returns the name of the bundle of a module; `None` for another file.
pub(super) fn name_of(file: &str) -> Option<String> {
    let module = file.strip_prefix("js/")?.strip_suffix(".js")?;
    Some(format!("js/{module}.bundle.js"))
}

/// Returns the bundle with this name. `read` returns the text of a file. `None`: the name is that of no bundle.
pub(super) fn read_bundle(name: &str, read: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    if name == STYLES {
        let sheets = STYLE_SHEETS.iter().filter_map(|sheet| read(sheet));
        return Some(sheets.map(|sheet| without_comments(&sheet)).collect());
    }
    let module = name.strip_prefix("js/")?.strip_suffix(".bundle.js")?;
    read(&format!("js/{module}.js"))?;
    let joined = Bundle::new(read).of_entry(module);
    Some(joined.unwrap_or_else(|| format!("import './{module}.js';\n")))
}

/// The modules that were read so far.
struct Bundle<'r> {
    read: &'r dyn Fn(&str) -> Option<String>,
    /// The constant that holds the exports of each module, by the module's name. `None` while the module is being read.
    places: BTreeMap<String, Option<String>>,
    text: String,
}

impl<'r> Bundle<'r> {
    fn new(read: &'r dyn Fn(&str) -> Option<String>) -> Self {
        Self {
            read,
            places: BTreeMap::new(),
            text: String::new(),
        }
    }

    fn of_entry(mut self, module: &str) -> Option<String> {
        self.add(module).map(|_| self.text)
    }

    /// Appends a module after those that it imports. Returns its constant.
    fn add(&mut self, module: &str) -> Option<String> {
        if let Some(place) = self.places.get(module) {
            // A module that is being read is imported in a circle.
            return place.clone();
        }
        self.places.insert(module.to_owned(), None);
        let source = (self.read)(&format!("js/{module}.js"))?;
        let (mut body, mut exports) = (String::new(), Vec::new());
        for statement in statements(&without_comments(&source)) {
            if let Some(rest) = statement.strip_prefix("import ") {
                body.push_str(&self.import(rest)?);
            } else if let Some(rest) = statement.strip_prefix("export ") {
                exports.push(exported(rest)?.to_owned());
                body.push_str(rest);
            } else if is_left_alone(&statement) {
                body.push_str(&statement);
            } else {
                return None;
            }
        }
        let place = format!("$m{}", self.places.values().flatten().count());
        let exports = exports.join(", ");
        self.text.push_str(&format!(
            "const {place} = (() => {{\n{body}return {{ {exports} }};\n}})();\n"
        ));
        self.places.insert(module.to_owned(), Some(place.clone()));
        Some(place)
    }

    /// Returns the line in place of an import: `{ a, b as c } from './x.js';` or `'./x.js';`.
    fn import(&mut self, rest: &str) -> Option<String> {
        let rest = rest.trim_end().strip_suffix(';')?;
        let (names, from) = match rest.split_once(" from ") {
            Some((names, from)) => (Some(names.trim()), from),
            None => (None, rest),
        };
        let module = from.trim().trim_matches(['\'', '"']).strip_prefix("./")?;
        let place = self.add(module.strip_suffix(".js")?)?;
        let Some(names) = names else {
            return Some(String::new());
        };
        if let Some(all) = names.strip_prefix("* as ") {
            return Some(format!("const {all} = {place};\n"));
        }
        let is_list = names.starts_with('{') && names.ends_with('}');
        is_list.then(|| format!("const {} = {place};\n", names.replace(" as ", ": ")))
    }
}

/// Returns the lines of a module, an import over several lines as one.
fn statements(source: &str) -> Vec<String> {
    let mut statements: Vec<String> = Vec::new();
    for line in source.lines() {
        match statements.last_mut() {
            Some(last) if last.starts_with("import ") && !last.contains(';') => {
                last.truncate(last.trim_end().len());
                last.push(' ');
                last.push_str(line.trim());
                last.push('\n');
            }
            _ => statements.push(format!("{line}\n")),
        }
    }
    statements
}

/// Returns the name that an export declares. `None` for a default export, a list, and a variable, whose later values would not be seen.
fn exported(rest: &str) -> Option<&str> {
    let declared = ["const ", "function ", "async function ", "class "];
    let name = declared.iter().find_map(|kind| rest.strip_prefix(kind))?;
    let end = name.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '$')?;
    (end > 0).then(|| &name[..end])
}

/// Returns whether a line may stay as it is inside a function: no `await` at the top level, no other form of import or export.
fn is_left_alone(line: &str) -> bool {
    let is_top_level = !line.starts_with([' ', '}', ')']);
    let waits = is_top_level && line.contains("await ") && !line.contains("async");
    !waits
        && !line.starts_with("import{")
        && !line.starts_with("export{")
        && !line.contains("import.meta")
}

/// Removes the lines that are comments as a whole.
fn without_comments(source: &str) -> String {
    let mut text = String::with_capacity(source.len());
    let mut is_comment = false;
    for line in source.lines() {
        is_comment |= line.trim_start().starts_with("/*");
        let code = match line.split_once("*/") {
            // A cast: `/** @type {T} */ (value)`.
            Some((_, rest)) if is_comment => {
                is_comment = false;
                rest
            }
            _ if is_comment => continue,
            _ => line,
        };
        let begun = code.trim_start();
        if !begun.is_empty() && !begun.starts_with("//") {
            text.push_str(code);
            text.push('\n');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(name: &str, files: &[(&str, &str)]) -> Option<String> {
        let read = |wanted: &str| {
            let found = files.iter().find(|(name, _)| *name == wanted);
            found.map(|(_, text)| (*text).to_owned())
        };
        read_bundle(name, &read)
    }

    #[test]
    fn a_module_comes_after_those_that_it_imports_and_each_comes_once() {
        let text = joined(
            "js/a.bundle.js",
            &[
                (
                    "js/a.js",
                    "// A.\nimport './c.js';\nimport { b,\n  x as y } from './b.js';\n\nb(y);\n",
                ),
                (
                    "js/b.js",
                    "import * as c from './c.js';\nexport const b = () => c.c();\nexport const x = 1;\n",
                ),
                (
                    "js/c.js",
                    "/** C,\n * long. */\nexport function c() {\n  /** @type {T} */ (d).e();\n  // Nothing.\n}\n",
                ),
            ],
        );
        let text = text.unwrap();
        assert_eq!(text.matches("function c()").count(), 1, "{text}");
        let order: Vec<_> = ["function c()", "const b =", "b(y);"]
            .iter()
            .map(|part| text.find(part).unwrap())
            .collect();
        assert!(order.is_sorted(), "{text}");
        assert!(text.contains("const { b, x: y } = $m"), "{text}");
        assert!(text.contains(" (d).e();"), "{text}");
        assert!(
            !text.contains("long") && !text.contains("Nothing"),
            "{text}"
        );
        for place in ["$m0", "$m1", "$m2"] {
            assert_eq!(
                text.matches(&format!("const {place} = (()")).count(),
                1,
                "{text}"
            );
        }
    }

    #[test]
    fn a_module_that_cannot_be_joined_is_imported_as_it_is() {
        for odd in [
            "export default 1;",
            "export let a = 1;",
            "export { a };",
            "import a from './b.js';",
            "import { a } from 'https://a.test/b.js';",
            "import { a } from './none.js';",
            "import { a } from './a.js';",
            "const a = await fetch('/');",
            "const a = import.meta.url;",
        ] {
            let text = joined("js/a.bundle.js", &[("js/a.js", odd), ("js/b.js", "")]);
            assert_eq!(text.as_deref(), Some("import './a.js';\n"), "{odd}");
        }
    }

    #[test]
    fn the_style_sheets_are_one_file_and_the_apps_comes_last() {
        let (tokens, page) = (
            ("css/tokens.css", "/* T */\na {}\n"),
            ("css/page.css", "b {}\n"),
        );
        let app = ("css/app.css", "c {}\n");
        let text = joined(STYLES, &[app, page, tokens]);
        assert_eq!(text.as_deref(), Some("a {}\nb {}\nc {}\n"));
        assert_eq!(
            joined(STYLES, &[page, tokens]).as_deref(),
            Some("a {}\nb {}\n")
        );
    }

    #[test]
    fn a_name_of_no_bundle_is_no_bundle() {
        assert_eq!(name_of("js/a.js").as_deref(), Some("js/a.bundle.js"));
        assert_eq!(name_of("css/a.css"), None);
        for name in [
            "js/a.js",
            "js/none.bundle.js",
            "css/page.css",
            "x.bundle.js",
        ] {
            assert_eq!(joined(name, &[("js/a.js", "")]), None, "{name}");
        }
    }
}
