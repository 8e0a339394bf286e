//! Reads sections from the merged values, and records every fault and warning.
//!
//! Serde reads the values by the types of the fields. [`Reader::require`] checks what serde cannot know: rules about several keys. A rule is not
//! checked when one of its keys is already refused, so that one error has one fault.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::de::DeserializeOwned;
use toml::{Table, Value};

use super::definition::Key;
use super::fault::{Fault, Warning, Wrong};
use super::fields::Fields;
use super::given::Given;
use super::known::nearest;
use super::layers::Layers;
use super::origin::Origin;
use super::profile::Profile;
use super::raw::{Layered, Raw};
use super::secret::is_name_of_secret;

/// The error of a section or a value whose fault is already recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reported;

/// A typed value, or [`Reported`] when its fault is already recorded.
pub(super) type Checked<T> = Result<T, Reported>;

/// The merged values for the sections, and the faults and warnings that the sections record.
pub(super) struct Reader {
    values: BTreeMap<String, Layered>,
    pub(super) keys: Vec<Key>,
    profile: Profile,
    directory: PathBuf,
    pub(super) faults: Vec<Fault>,
    pub(super) warnings: Vec<Warning>,
    /// Keys that have been read as a [`Secret`](super::Secret).
    secrets: Vec<String>,
}

impl Reader {
    pub(super) fn new(layers: Layers, profile: Profile) -> Self {
        Self {
            values: layers.values,
            keys: layers.keys,
            profile,
            directory: layers.directory,
            faults: layers.faults,
            warnings: layers.warnings,
            secrets: Vec::new(),
        }
    }

    /// Reads a section of the engine. Refused values have the engine's default.
    pub(super) fn section<T: DeserializeOwned>(&mut self, section: &str) -> Checked<T> {
        self.read(section, false)
    }

    /// Reads the keys that the app defines in a section.
    pub(super) fn app_section<T: DeserializeOwned>(&mut self, section: &str) -> Checked<T> {
        self.read(section, true)
    }

    fn read<T: DeserializeOwned>(&mut self, section: &str, is_apps: bool) -> Checked<T> {
        let of_section = |key: &&Key| key.is_apps == is_apps && key.parts().0 == section;
        let keys: Vec<&Key> = self.keys.iter().filter(of_section).collect();
        let defaults: Table = keys
            .iter()
            .map(|key| (key.parts().1.to_owned(), key.default.clone()))
            .collect();
        let given = keys.iter().map(|key| {
            let value = self.values.get(&key.name);
            (key.parts().1, value.and_then(|value| value.raw.given()))
        });
        let mut fields = Fields::new(given, &defaults);
        let value = fields.read();
        let name = |field: &str| format!("{section}.{field}");
        let secrets = fields.names(|seen| seen.is_secret.get());
        let ignored = fields.names(|seen| seen.is_ignored.get());
        let faults = std::mem::take(&mut fields.faults);
        self.secrets.extend(secrets.iter().map(|field| name(field)));
        for (field, wrong) in faults {
            let key = if field.is_empty() {
                section.to_owned()
            } else {
                name(&field)
            };
            self.fault(&key, wrong);
        }
        for field in ignored {
            let wrong = Wrong::new(
                "is read by no field of the section's struct",
                "add the field, or remove the key from the defaults",
            );
            self.fault(&name(&field), wrong);
        }
        value.ok_or(Reported)
    }

    /// Reads a list of tables, which only files contain. `stand_ins` has a valid value for each field that must be there.
    pub(super) fn tables<T: DeserializeOwned>(&mut self, key: &str, stand_ins: &Table) -> Vec<T> {
        let not_tables = || Wrong::new("is not a list of tables", "write [[proxy]] above each");
        let entries = match self.values.get(key).map(|value| &value.raw) {
            None | Some(Raw::Refused) => return Vec::new(),
            Some(Raw::Toml(Value::Array(entries))) => entries.clone(),
            Some(_) => {
                self.fault(key, not_tables());
                return Vec::new();
            }
        };
        let mut tables = Vec::new();
        for (entry, number) in entries.iter().zip(1..) {
            let Some(table) = entry.as_table() else {
                self.fault(key, not_tables().in_entry(number));
                continue;
            };
            let given = table
                .iter()
                .map(|(name, value)| (name.as_str(), Some(Given::Toml(value))));
            let mut fields = Fields::new(given, stand_ins);
            tables.extend(fields.read::<T>());
            for (field, wrong) in fields.faults {
                self.fault(key, wrong.in_field(number, &field));
            }
        }
        tables
    }

    /// Records a fault of the first key when a rule is not met. The rule is about all these keys, and is not checked when one of them is already
    /// refused.
    pub(super) fn require<const N: usize>(
        &mut self,
        keys: [&str; N],
        is_met: bool,
        what: &'static str,
        remedy: &'static str,
    ) {
        if !is_met && !keys.iter().any(|key| self.is_faulty(key)) {
            let key = keys.first().copied().unwrap_or_default();
            self.fault(key, Wrong::new(what, remedy));
        }
    }

    /// Replaces a text such as `auto` by the value that it stands for. Its source stays the same.
    pub(super) fn decide(&mut self, key: &str, text: &str, value: bool) {
        let Some(layered) = self.values.get_mut(key) else {
            return;
        };
        let is_undecided = match &layered.raw {
            Raw::Text(given) | Raw::Toml(Value::String(given)) => given.trim() == text,
            Raw::Toml(_) | Raw::Refused => false,
        };
        if is_undecided {
            layered.raw = Raw::Toml(Value::Boolean(value));
        }
    }

    /// Returns true when a fault of this key is recorded.
    pub(super) fn is_faulty(&self, key: &str) -> bool {
        self.faults.iter().any(|fault| fault.key() == key)
    }

    /// Returns true in every profile except development.
    pub(super) fn is_strict(&self) -> bool {
        !self.profile.is_development()
    }

    /// Resolves a configured path relative to the folder that the program runs in.
    pub(super) fn path(&self, relative: impl AsRef<std::path::Path>) -> PathBuf {
        self.directory.join(relative)
    }

    /// Returns true when a source contains a value that is not empty, valid or not.
    pub(super) fn is_set(&self, key: &str) -> bool {
        self.values.get(key).is_some_and(|value| value.raw.is_set())
    }

    /// Returns the engine's key most similar to `name`, if any is similar enough.
    pub(super) fn nearest_of_engine(&self, name: &str) -> Option<String> {
        let engines = self.keys.iter().filter(|key| !key.is_apps);
        nearest(name, engines.map(|key| &key.name)).map(str::to_owned)
    }

    /// Returns the source of each value.
    pub(super) fn origins(&self) -> BTreeMap<String, Origin> {
        self.values
            .iter()
            .map(|(key, value)| (key.clone(), value.origin.clone()))
            .collect()
    }

    /// Returns the values of the keys that the app defines, as the `config` command prints them: a secret as the mask.
    pub(super) fn app_values(&self) -> BTreeMap<String, Value> {
        let mut values = BTreeMap::new();
        for key in self.keys.iter().filter(|key| key.is_apps) {
            let Some(value) = self.values.get(&key.name) else {
                continue;
            };
            let is_secret = self.secrets.contains(&key.name) || is_name_of_secret(&key.name);
            values.insert(key.name.clone(), value.raw.shown(&key.default, is_secret));
        }
        values
    }

    /// Records a fault.
    pub(super) fn fault(&mut self, key: &str, wrong: Wrong) {
        let origin = self
            .values
            .get(key)
            .map_or(Origin::Default, |value| value.origin.clone());
        self.faults.push(Fault::new(key, origin, wrong));
    }

    /// Records a warning.
    pub(super) fn warn(&mut self, key: &'static str, what: &'static str) {
        self.warnings.push(Warning { key, what });
    }
}
