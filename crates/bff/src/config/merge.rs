//! Merges the sources and records the source of each value.
//!
//! The layers are the engine's defaults, the app's, the files on disk, `.env` (development only) and the environment. A later layer
//! overrides an earlier one. This file reports unknown keys. The section that reads a key reports a bad value.
//! Called once by [`super::Config::load`].

use std::collections::BTreeMap;
use std::io;

use toml::{Table, Value};

use super::definition::{self, DEFAULT_TOML, PRODUCTION_TOML};
use super::fault::Wrong;
use super::known::{Known, PROFILE_VARIABLE};
use super::layers::Layers;
use super::origin::Origin;
use super::profile::Profile;
use super::raw::Raw;
use super::small_file::{self, unreadable};
use super::sources::Sources;

impl Layers {
    /// Reads and merges all sources.
    pub(super) fn collect(sources: &Sources, profile: &Profile) -> Self {
        let app = sources.app.defaults;
        let keys = definition::keys(app);
        let mut layers = Self {
            values: BTreeMap::new(),
            faults: Vec::new(),
            warnings: Vec::new(),
            known: Known::new(&keys),
            keys,
            directory: sources.directory.clone(),
        };
        layers.lay_table(Origin::Default, DEFAULT_TOML);
        if let Some(text) = app {
            layers.lay_table(Origin::App, text);
            layers.check_names();
        }
        layers.lay_disk_file("default");
        if !layers.lay_disk_file(profile.name()) {
            layers.do_without_file(profile);
        }
        layers.lay_variables(sources, profile);
        layers
    }

    /// Refuses keys of the app that no variable could set.
    fn check_names(&mut self) {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._".contains(c);
        let bad: Vec<String> = self
            .keys
            .iter()
            .filter(|key| key.is_apps)
            .map(|key| key.name.clone())
            .filter(|name| !name.chars().all(plain) || name.ends_with("_file"))
            .collect();
        for name in bad {
            let wrong = Wrong::new(
                "is not a name of a key",
                "write a-z, 0-9 and _, without _file at the end",
            );
            self.fault(&name, Origin::App, wrong);
        }
    }

    /// Sets one value of a table. A default of a key that the app defines is a default, and not a change of one.
    fn lay_value(&mut self, key: &str, value: Value, origin: &Origin) {
        let is_default = matches!(origin, Origin::App) && !self.values.contains_key(key);
        let origin = if is_default { &Origin::Default } else { origin };
        self.lay(key, Raw::Toml(value), origin.clone());
    }

    /// Merges a file of the `config` folder. Returns false when there is no such file.
    fn lay_disk_file(&mut self, name: &str) -> bool {
        let path = self.directory.join("config").join(format!("{name}.toml"));
        match small_file::read(&path) {
            Ok(text) => self.lay_table(Origin::File(path), &text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return false,
            Err(error) => {
                let name = path.display().to_string();
                self.fault(&name, Origin::File(path), unreadable(&error));
            }
        }
        true
    }

    fn do_without_file(&mut self, profile: &Profile) {
        if profile.is_production() {
            self.lay_table(Origin::BuiltInProduction, PRODUCTION_TOML);
        } else if !profile.is_development() {
            let wrong = Wrong::new(
                "names a profile that has no file",
                "write development or production, or make config/<profile>.toml",
            );
            let origin = Origin::Variable(PROFILE_VARIABLE.to_owned());
            self.fault(PROFILE_VARIABLE, origin, wrong);
        }
    }

    fn lay_table(&mut self, origin: Origin, text: &str) {
        let table: Table = match text.parse() {
            Ok(table) => table,
            Err(error) => {
                let wrong = not_toml(text, &error);
                return self.fault(&origin.to_string(), origin, wrong);
            }
        };
        for (name, value) in table {
            match value {
                value if self.known.has(&name) => {
                    self.lay_value(&name, value, &origin);
                }
                _ if !self.known.has_section(&name) => self.refuse_unknown_key(&name, &origin),
                Value::Table(section) => self.lay_section(&name, section, &origin),
                _ => {
                    let wrong = Wrong::new(
                        "is a section, not a value",
                        format!("write [{name}] above its keys"),
                    );
                    self.fault(&name, origin.clone(), wrong);
                }
            }
        }
    }

    fn lay_section(&mut self, section: &str, values: Table, origin: &Origin) {
        for (name, value) in values {
            let key = format!("{section}.{name}");
            if self.known.has(&key) {
                if let Some(key) = self.resolve(&key) {
                    self.lay_value(&key, value, origin);
                }
            } else {
                self.refuse_unknown_key(&key, origin);
            }
        }
    }

    fn refuse_unknown_key(&mut self, key: &str, origin: &Origin) {
        let remedy = match self.known.nearest_key(key) {
            Some(near) => format!("did you mean {near}?"),
            None => "remove it (docs/config.md lists every key)".to_owned(),
        };
        let wrong = Wrong::new("is no key of this program", remedy);
        self.fault(key, origin.clone(), wrong);
    }
}

/// Describes a TOML syntax error by its position. The parser's own message is left out because it can quote the line, which may contain a secret.
fn not_toml(text: &str, error: &toml::de::Error) -> Wrong {
    let place = error
        .span()
        .and_then(|span| text.get(..span.start))
        .map_or_else(String::new, |before| {
            let line = before.matches('\n').count() + 1;
            let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
            format!(" at line {line}, column {column}")
        });
    Wrong::new(
        format!("is not valid TOML{place}"),
        "put text in quotes and set each key once",
    )
}
