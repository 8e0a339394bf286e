//! Reads sections from the merged values, and records every fault and warning.
//!
//! [`layers`](super::layers) merges the values. Serde reads them by the types of the fields. [`Reader::require`] checks what serde cannot know:
//! rules about several keys. A rule is not checked when one of its keys is already refused, so that one error has one fault.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use toml::{Table, Value};

use super::definition::Keys;
use super::fault::{Fault, Origin, Warning, Wrong};
use super::field::MASK;
use super::fields::Fields;
use super::profile::Profile;
use super::secret::is_name_of_secret;

/// A value and its source. It has no `Debug` because the value may be a secret.
pub(super) struct Layered {
    /// `None` when the value is refused. Its fault is already recorded, so that the section does not report the key again.
    pub(super) value: Option<Value>,
    /// Whether the value is the text of a variable.
    pub(super) is_text: bool,
    pub(super) origin: Origin,
}

/// Every key with the value of its highest layer, and the faults and warnings found so far.
pub(super) struct Reader {
    pub(super) values: BTreeMap<String, Layered>,
    pub(super) keys: Keys,
    pub(super) profile: Profile,
    /// The folder that the program runs in.
    pub(super) directory: PathBuf,
    /// The file that `PGPASSFILE` names.
    pub(super) passfile: Option<PathBuf>,
    pub(super) faults: Vec<Fault>,
    pub(super) warnings: Vec<Warning>,
    /// Keys that have been read as a [`Secret`](super::Secret).
    pub(super) secrets: Vec<String>,
}

impl Reader {
    /// Reads a section of the engine. Refused values have the engine's default. `None` when a fault has no default.
    pub(super) fn section<T: DeserializeOwned>(&mut self, section: &str) -> Option<T> {
        self.read(section, false)
    }

    /// Reads the keys that the app defines in a section.
    pub(super) fn app_section<T: DeserializeOwned>(&mut self, section: &str) -> Option<T> {
        self.read(section, true)
    }

    fn read<T: DeserializeOwned>(&mut self, section: &str, is_apps: bool) -> Option<T> {
        let mut fields = Fields::default();
        for key in self.keys.in_section(section, is_apps) {
            let given = self.values.get(&key.name);
            let value = given.and_then(|given| given.value.as_ref());
            let is_text = given.is_some_and(|given| given.is_text);
            fields.add(key.parts().1, value, Some(&key.default), is_text);
        }
        let value = fields.read();
        let full_name = |field: &str| format!("{section}.{field}");
        if is_apps {
            let secrets = fields.secrets::<T>().into_iter();
            self.secrets.extend(secrets.map(full_name));
        }
        for (field, wrong) in fields.faults {
            match field.as_str() {
                "" => self.fault(section, wrong),
                field => self.fault(&full_name(field), wrong),
            }
        }
        value
    }

    /// Reads a list of tables, which only files contain. `stand_ins` has a valid value for each field that must be there.
    pub(super) fn tables<T: DeserializeOwned>(&mut self, key: &str, stand_ins: &Table) -> Vec<T> {
        let not_tables = Wrong::from("is not a list of tables; write [[proxy]] above each");
        let entries = match self.values.get(key).map(|given| &given.value) {
            None | Some(None) => return Vec::new(),
            Some(Some(Value::Array(entries))) => entries.clone(),
            Some(Some(_)) => {
                self.fault(key, not_tables);
                return Vec::new();
            }
        };
        let mut tables = Vec::new();
        for (entry, number) in entries.iter().zip(1..) {
            let Some(table) = entry.as_table() else {
                self.fault(key, not_tables.in_entry(number));
                continue;
            };
            let mut fields = Fields::default();
            for (name, value) in table {
                fields.add(name, Some(value), stand_ins.get(name), false);
            }
            let is_missing = |(name, _): &(&String, &Value)| !table.contains_key(*name);
            for (name, value) in stand_ins.iter().filter(is_missing) {
                fields.add(name, None, Some(value), false);
                let missing = (name.clone(), "is missing; write it".into());
                fields.faults.push(missing);
            }
            tables.extend(fields.read::<T>());
            for (field, wrong) in fields.faults {
                self.fault(key, wrong.in_field(number, &field));
            }
        }
        tables
    }

    /// Records a fault of the first key when a rule is not met. The rule is about all these keys, and is not checked when one of them is already
    /// refused.
    pub(super) fn require(&mut self, keys: &[&str], is_met: bool, wrong: &'static str) {
        if !is_met && !keys.iter().any(|key| self.is_faulty(key)) {
            let key = keys.first().copied().unwrap_or_default();
            self.fault(key, wrong);
        }
    }

    /// Returns true when the value of the key is this text.
    pub(super) fn is_text(&self, key: &str, text: &str) -> bool {
        let value = self.values.get(key).and_then(|given| given.value.as_ref());
        value.is_some_and(|value| value.as_str().is_some_and(|given| given.trim() == text))
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
    pub(super) fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.directory.join(relative)
    }

    /// Returns true when a source contains a value that is not empty, valid or not.
    pub(super) fn is_set(&self, key: &str) -> bool {
        self.values.contains_key(key) && !self.is_text(key, "")
    }

    /// Returns the source of each value.
    pub(super) fn origins(&self) -> BTreeMap<String, Origin> {
        let origin = |(key, given): (&String, &Layered)| (key.clone(), given.origin.clone());
        self.values.iter().map(origin).collect()
    }

    /// Returns the values of the keys that the app defines, as the `config` command prints them: a secret as the mask.
    pub(super) fn app_values(&self) -> BTreeMap<String, Value> {
        let mut values = BTreeMap::new();
        for key in self.keys.list.iter().filter(|key| key.is_apps) {
            let given = self.values.get(&key.name);
            let Some(value) = given.and_then(|given| given.value.as_ref()) else {
                continue;
            };
            let is_secret = self.secrets.contains(&key.name) || is_name_of_secret(&key.name);
            let is_none = value.as_array().is_some_and(Vec::is_empty) || !self.is_set(&key.name);
            let shown = match is_secret {
                true => Value::from(if is_none { "" } else { MASK }),
                false => value.clone(),
            };
            values.insert(key.name.clone(), shown);
        }
        values
    }

    /// Records a fault of a key.
    pub(super) fn fault(&mut self, key: &str, wrong: impl Into<Wrong>) {
        let given = self.values.get(key);
        let origin = given.map_or(Origin::Default, |given| given.origin.clone());
        self.fault_from(key, &origin, wrong);
    }

    /// Records a fault of a key or of a source.
    pub(super) fn fault_from(&mut self, key: &str, origin: &Origin, wrong: impl Into<Wrong>) {
        self.faults.push(Fault {
            key: key.to_owned(),
            wrong: wrong.into(),
            origin: origin.clone(),
        });
    }

    /// Records a warning.
    pub(super) fn warn(&mut self, key: &str, what: &'static str) {
        self.warnings.push(Warning(key.to_owned(), what.into()));
    }
}
