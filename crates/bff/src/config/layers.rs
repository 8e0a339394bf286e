//! Merges the sources and records the source of each value.
//!
//! The layers are the engine's defaults, the app's, the files on disk, `.env` (development only) and the environment. A later layer
//! overrides an earlier one. This file reports unknown keys. The section that reads a key reports a bad value.

use std::collections::BTreeMap;
use std::io;

use toml::{Table, Value};

use super::definition::{self, DEFAULT_TOML, Keys, PRODUCTION_TOML, PROFILE_VARIABLE};
use super::fault::{Origin, Warning, Wrong};
use super::profile::Profile;
use super::reader::{Layered, Reader};
use super::small_file::{self, unreadable};
use super::sources::Sources;

impl Reader {
    /// Reads and merges all sources.
    pub(super) fn collect(sources: &Sources, profile: &Profile) -> Self {
        let mut layers = Self {
            values: BTreeMap::new(),
            keys: Keys::new(sources.app.defaults),
            profile: profile.clone(),
            directory: sources.directory.clone(),
            passfile: sources.environment.get("PGPASSFILE").map(Into::into),
            faults: Vec::new(),
            warnings: Vec::new(),
            secrets: Vec::new(),
        };
        layers.lay_table(&Origin::Default, DEFAULT_TOML);
        if let Some(text) = sources.app.defaults {
            layers.lay_table(&Origin::App, text);
            layers.check_names();
        }
        layers.lay_disk_file("default");
        if !layers.lay_disk_file(profile.name()) {
            layers.do_without_file();
        }
        layers.lay_variables(sources);
        layers
    }

    /// Sets one value. When it equals the value of the layer below, the layer below remains its source.
    pub(super) fn lay(&mut self, key: &str, value: Option<Value>, is_text: bool, origin: Origin) {
        let below = self.values.get(key);
        if below.is_none_or(|below| (&below.value, below.is_text) != (&value, is_text)) {
            let layered = Layered {
                value,
                is_text,
                origin,
            };
            self.values.insert(key.to_owned(), layered);
        }
    }

    /// Records a fault and marks the key as refused, so that no section parses the value of the layer below.
    pub(super) fn refuse(&mut self, key: &str, origin: Origin, wrong: impl Into<Wrong>) {
        self.fault_from(key, &origin, wrong);
        self.lay(key, None, false, origin);
    }

    /// Returns the current name of a key, and records a warning for a former key. `None` when the key has no effect any more.
    pub(super) fn resolve(&mut self, key: &str) -> Option<String> {
        let Some(former) = definition::former(key) else {
            return Some(key.to_owned());
        };
        let what = match former {
            Ok(now) => format!(
                "is now called {now}; write that, because the next version refuses the old name"
            ),
            Err(instead) => format!("has no effect; remove it, and {instead}"),
        };
        let warning = Warning(key.to_owned(), what.into());
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
        former.ok().map(str::to_owned)
    }

    /// Refuses keys of the app that no variable could set.
    fn check_names(&mut self) {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._".contains(c);
        let is_good = |name: &str| name.chars().all(plain) && !name.ends_with("_file");
        for key in self.keys.list.clone() {
            if key.is_apps && !is_good(&key.name) {
                let wrong =
                    "is not a name of a key; write a-z, 0-9 and _, without _file at the end";
                self.fault_from(&key.name, &Origin::App, wrong);
            }
        }
    }

    /// Merges a file of the `config` folder. Returns false when there is no such file.
    fn lay_disk_file(&mut self, name: &str) -> bool {
        let path = self.directory.join("config").join(format!("{name}.toml"));
        match small_file::read(&path) {
            Ok(text) => self.lay_table(&Origin::File(path), &text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return false,
            Err(error) => {
                let name = path.display().to_string();
                self.fault_from(&name, &Origin::File(path), unreadable(&error));
            }
        }
        true
    }

    fn do_without_file(&mut self) {
        if self.profile.is_production() {
            self.lay_table(&Origin::BuiltInProduction, PRODUCTION_TOML);
        } else if !self.profile.is_development() {
            let wrong = "names a profile that has no file; write development or production, or make config/<profile>.toml";
            let origin = Origin::Variable(PROFILE_VARIABLE.to_owned());
            self.fault_from(PROFILE_VARIABLE, &origin, wrong);
        }
    }

    fn lay_table(&mut self, origin: &Origin, text: &str) {
        let table: Table = match text.parse() {
            Ok(table) => table,
            Err(error) => {
                let wrong = not_toml(text, &error);
                return self.fault_from(&origin.to_string(), origin, wrong);
            }
        };
        for (name, value) in table {
            match value {
                value if self.keys.has(&name) => self.lay_value(&name, value, origin),
                Value::Table(section) if self.keys.has_section(&name) => {
                    for (field, value) in section {
                        self.lay_value(&format!("{name}.{field}"), value, origin);
                    }
                }
                _ if self.keys.has_section(&name) => {
                    let wrong = format!("is a section, not a value; write [{name}] above its keys");
                    self.fault_from(&name, origin, wrong);
                }
                _ => self.refuse_unknown_key(&name, origin),
            }
        }
    }

    /// Sets one value of a table. A default of a key that the app defines is a default, and not a change of one.
    fn lay_value(&mut self, key: &str, value: Value, origin: &Origin) {
        if !self.keys.has(key) {
            return self.refuse_unknown_key(key, origin);
        }
        let Some(key) = self.resolve(key) else {
            return;
        };
        let is_default = matches!(origin, Origin::App) && !self.values.contains_key(&key);
        let origin = if is_default { &Origin::Default } else { origin };
        self.lay(&key, Some(value), false, origin.clone());
    }

    fn refuse_unknown_key(&mut self, key: &str, origin: &Origin) {
        let remedy = match self.keys.nearest(key) {
            Some(near) => format!("did you mean {near}?"),
            None => "remove it (docs/config.md lists every key)".to_owned(),
        };
        let wrong = format!("is not a key of this program; {remedy}");
        self.fault_from(key, origin, wrong);
    }
}

/// Describes a TOML syntax error by its position. The parser's own message is left out because it can quote the line, which may contain a secret.
fn not_toml(text: &str, error: &toml::de::Error) -> Wrong {
    let before = error.span().and_then(|span| text.get(..span.start));
    let place = before.map_or_else(String::new, |before| {
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
        format!(" at line {line}, column {column}")
    });
    let remedy = "put text in quotes and set each key once";
    format!("is not valid TOML{place}; {remedy}").into()
}
