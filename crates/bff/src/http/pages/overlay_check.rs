//! Checks the overlay against the built-in files: the version of the data that its templates expect, and files and words that no page uses.

use std::collections::BTreeSet;

use super::assets::is_served;
use super::bundle;
use super::compiled;
use super::error::PageError;
use super::file::File;
use super::files::AllFiles;
use super::renderer::Pages;
use super::words::ids_in;

/// The styles of an app, which every page loads when they exist.
const APP_STYLES: &str = "css/app.css";

impl Pages {
    /// Returns one line for each fault of the overlay that rendering does not show.
    pub(super) fn overlay_faults(&self) -> Vec<String> {
        self.find_overlay_faults()
            .unwrap_or_else(|error| vec![error.to_string()])
    }

    /// Returns a line for each file outside the two folders that are read, except notes of the operator.
    fn misplaced(&self) -> Result<Vec<String>, PageError> {
        let is_note =
            |path: &str| !path.contains('/') && (path.ends_with(".md") || path.ends_with(".txt"));
        let is_read = |path: &str| FOLDERS.iter().any(|folder| path.starts_with(folder));
        let files = self.engine.templates().whole_overlay()?.into_keys();
        let misplaced = files.filter(|path| !is_read(path) && !is_note(path));
        Ok(misplaced
            .map(|path| {
                format!(
                    "overlay: {path}: is never read; move it to templates or static, or remove it"
                )
            })
            .collect())
    }

    fn find_overlay_faults(&self) -> Result<Vec<String>, PageError> {
        let (templates, assets) = (self.engine.templates(), self.engine.assets().layers());
        let (own, own_static) = (templates.of_overlay()?, assets.of_overlay()?);
        let built_in = templates.built_in();
        let texts = text_of_all(&compiled::sources(templates)?, &assets.all()?);
        let mut faults = Vec::new();
        for (name, file) in &own {
            let text = file.text().unwrap_or_default();
            if let Some(page) = name.strip_prefix("pages/") {
                faults.extend(fault_of_template(page, text, built_in.get(name), &texts));
            } else if name.starts_with("i18n/") && name.ends_with(".ftl") {
                faults.extend(unused_words(name, text, built_in.get(name), &texts));
            } else {
                faults.push(format!("overlay: templates/{name}: is never read; move it to templates/pages or templates/i18n, or remove it"));
            }
        }
        faults.extend(self.misplaced()?);
        let built_in = assets.built_in();
        let is_known = |name: &String| built_in.contains_key(name) || name == APP_STYLES;
        for name in own_static.keys() {
            let file = name.rsplit('/').next().unwrap_or_default();
            let bundle = bundle::name_of(name);
            let is_used = texts.contains(file) || bundle.is_some_and(|name| texts.contains(&name));
            if !is_served(name) {
                faults.push(format!("overlay: static/{name}: is never served, because its kind is unknown; give it another ending, or remove it"));
            } else if !is_known(name) && !is_used {
                faults.push(format!(
                    "overlay: static/{name}: no page uses it; remove it, or correct its name"
                ));
            }
        }
        Ok(faults)
    }
}

/// The folders of the overlay that are read.
const FOLDERS: [&str; 2] = ["templates/", "static/"];

/// Returns the text of all templates and of the static files that may name others.
fn text_of_all(templates: &[(String, String)], assets: &AllFiles) -> String {
    let names_others = |name: &str| {
        [".css", ".js", ".webmanifest"]
            .iter()
            .any(|end| name.ends_with(end))
    };
    let assets = assets.iter().filter(|(name, _)| names_others(name));
    let assets = assets.filter_map(|(_, versions)| versions.last()?.text());
    let templates = templates.iter().map(|(_, text)| text.as_str());
    templates.chain(assets).collect::<Vec<_>>().join("\n")
}

/// Returns the fault of a template of the overlay. `built_in` has the versions that it replaces.
fn fault_of_template(
    name: &str,
    text: &str,
    built_in: Option<&Vec<File>>,
    texts: &str,
) -> Option<String> {
    let Some(replaced) = built_in.and_then(|versions| versions.last()) else {
        let is_used = texts.contains(&format!("\"{name}\""));
        return (!is_used).then(|| {
            format!(
                "overlay: templates/pages/{name}: no page uses it; remove it, or correct its name"
            )
        });
    };
    // A template that does not say its version has the first one.
    let current = replaced.text().and_then(data_version).unwrap_or(1);
    match data_version(text) {
        Some(expected) if expected == current => None,
        Some(expected) => Some(format!(
            "overlay: templates/pages/{name}: expects version {expected} of the data, but the program gives version {current}; \
             compare it with the built-in template, then correct its first line"
        )),
        None => Some(format!(
            "overlay: templates/pages/{name}: does not say which version of the data it expects; \
             compare it with the built-in template, then begin it with {{# data: {current} #}}"
        )),
    }
}

/// Returns the version of the data that a template expects: `1` for a first line `{# data: 1 #}`.
pub(super) fn data_version(text: &str) -> Option<u32> {
    let comment = text.strip_prefix("{#")?.split_once("#}")?.0;
    let comment = comment.trim_matches('-').trim();
    comment.strip_prefix("data:")?.trim().parse().ok()
}

/// Returns a line for each text of the overlay that neither replaces one nor is used by a template.
fn unused_words(file: &str, text: &str, built_in: Option<&Vec<File>>, texts: &str) -> Vec<String> {
    let known: BTreeSet<String> = built_in
        .into_iter()
        .flatten()
        .filter_map(File::text)
        .flat_map(ids_in)
        .collect();
    // The engine looks these up by the code of an error.
    let is_looked_up = |id: &str| id.starts_with("problem-") || id == "language-name";
    let is_used = |id: &String| {
        known.contains(id) || is_looked_up(id) || texts.contains(&format!("\"{id}\""))
    };
    let unused = ids_in(text).into_iter().filter(|id| !is_used(id));
    unused
        .map(|id| {
            format!(
                "overlay: templates/{file}: no template uses `{id}`; remove it, or correct its id"
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Vec<File> {
        vec![File::new(text.as_bytes().to_vec())]
    }

    #[test]
    fn the_version_is_in_the_first_line() {
        for (text, expected) in [
            ("{# data: 1 #}\n<p>", Some(1)),
            ("{# data: 12 -#}\n<p>", Some(12)),
            ("{#- data:3 -#}", Some(3)),
            ("<p>{# data: 1 #}", None),
            ("{# data: x #}", None),
            ("{# other #}", None),
            ("{# data: 1", None),
            ("", None),
        ] {
            assert_eq!(data_version(text), expected, "{text}");
        }
    }

    #[test]
    fn another_or_no_version_than_that_of_the_replaced_template_is_named() {
        let of = |text: &str, replaced: &str| {
            fault_of_template("a.html", text, Some(&version(replaced)), "")
        };
        assert_eq!(of("{# data: 2 #}", "{# data: 2 #}"), None);
        assert_eq!(of("{# data: 1 #}", "no version"), None);
        let fault = of("{# data: 1 #}", "{# data: 2 #}").unwrap();
        assert!(
            fault.contains("version 1") && fault.contains("version 2;"),
            "{fault}"
        );
        let fault = of("<p>", "{# data: 2 #}").unwrap();
        assert!(fault.ends_with("begin it with {# data: 2 #}"), "{fault}");
        let new = |texts| fault_of_template("a.html", "<p>", None, texts);
        assert_eq!(new("{% include \"a.html\" %}"), None);
        assert!(new("").unwrap().contains("no page uses it"));
    }

    #[test]
    fn words_that_replace_nothing_and_are_used_nowhere_are_named() {
        let text = "a = x\nb = y\n    .hint = z\nproblem-own = w\n-term = t";
        let faults = unused_words("i18n/en.ftl", text, Some(&version("a = old")), "");
        let named: Vec<bool> = ["`b`", "`b.hint`"]
            .iter()
            .map(|id| faults.iter().any(|fault| fault.contains(id)))
            .collect();
        assert_eq!((faults.len(), named), (2, vec![true, true]), "{faults:?}");
        let used = "{{ t(id=\"b\") }}{{ t(id=\"b.hint\") }}";
        assert!(unused_words("i18n/en.ftl", text, Some(&version("a = old")), used).is_empty());
    }
}
