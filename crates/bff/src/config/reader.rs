//! Parses the merged values into typed values and records every fault.
//!
//! The sections read their keys through it. A refused value is [`Reported`], so that a section reads its
//! other keys before it returns and all faults are reported at once.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use toml::Value;

use super::duration;
use super::fault::{Fault, Warning, Wrong};
use super::layers::{Given, Layers, Raw};
use super::origin::Origin;
use super::profile::Profile;

/// The error of a value whose fault is already recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reported;

/// A typed value, or [`Reported`] when its fault is already recorded.
pub(super) type Checked<T> = Result<T, Reported>;

/// The merged values for the sections, and the faults and warnings that the sections record.
pub(super) struct Reader {
    values: BTreeMap<String, Given>,
    profile: Profile,
    directory: PathBuf,
    pub(super) faults: Vec<Fault>,
    pub(super) warnings: Vec<Warning>,
}

impl Reader {
    pub(super) fn new(layers: Layers, profile: Profile, directory: PathBuf) -> Self {
        Self {
            values: layers.values,
            profile,
            directory,
            faults: layers.faults,
            warnings: layers.warnings,
        }
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
        match self.values.get(key).map(|given| &given.raw) {
            None => false,
            Some(Raw::Text(text) | Raw::Toml(Value::String(text))) => !text.trim().is_empty(),
            Some(Raw::Toml(_) | Raw::Refused) => true,
        }
    }

    /// Returns the source of each value.
    pub(super) fn origins(&self) -> BTreeMap<String, Origin> {
        self.values
            .iter()
            .map(|(key, given)| (key.clone(), given.origin.clone()))
            .collect()
    }

    /// Records a fault.
    pub(super) fn fault<T>(&mut self, key: &str, wrong: Wrong) -> Checked<T> {
        let origin = self
            .values
            .get(key)
            .map_or(Origin::Default, |given| given.origin.clone());
        self.faults.push(Fault::new(key, origin, wrong));
        Err(Reported)
    }

    /// Records a warning.
    pub(super) fn warn(&mut self, key: &'static str, what: &'static str) {
        self.warnings.push(Warning { key, what });
    }

    /// Reads a string. An empty string is a fault.
    pub(super) fn text<T>(
        &mut self,
        key: &'static str,
        parse: impl FnOnce(&str) -> Result<T, Wrong>,
    ) -> Checked<T> {
        match self.optional(key, parse)? {
            Some(value) => Ok(value),
            None => self.fault(
                key,
                Wrong::new("is empty", "write a value or remove the line"),
            ),
        }
    }

    /// Reads a string. An empty string means `None`.
    pub(super) fn optional<T>(
        &mut self,
        key: &'static str,
        parse: impl FnOnce(&str) -> Result<T, Wrong>,
    ) -> Checked<Option<T>> {
        let Some(Raw::Text(text) | Raw::Toml(Value::String(text))) = self.raw(key)? else {
            return self.fault(key, Wrong::new("is not a text", "write it in quotes"));
        };
        // Trimmed because pasted values and `_FILE`s often have white space at the ends, and no value of this program does.
        match text.trim() {
            "" => Ok(None),
            text => parse(text)
                .map(Some)
                .or_else(|wrong| self.fault(key, wrong)),
        }
    }

    /// Reads a list: an array of strings, or one string with commas or line breaks between the entries.
    pub(super) fn list<T>(
        &mut self,
        key: &'static str,
        parse: impl Fn(&str) -> Result<T, Wrong>,
    ) -> Checked<Vec<T>> {
        let not_one = || Wrong::new("is not a list of texts", "write [\"one\", \"two\"]");
        let entries: Vec<String> = match self.raw(key)? {
            Some(Raw::Text(text)) => text
                .split([',', '\n'])
                .map(str::trim)
                .filter(|entry| !entry.is_empty())
                .map(str::to_owned)
                .collect(),
            Some(Raw::Toml(value)) if let Some(entries) = texts(&value) => entries,
            _ => return self.fault(key, not_one()),
        };
        let mut values = Vec::with_capacity(entries.len());
        let mut is_sound = true;
        for (index, entry) in entries.iter().enumerate() {
            match parse(entry.trim()) {
                Ok(value) => values.push(value),
                Err(wrong) => {
                    is_sound = false;
                    let _: Checked<()> = self.fault(key, wrong.in_entry(index + 1));
                }
            }
        }
        if is_sound { Ok(values) } else { Err(Reported) }
    }

    /// Reads `true` or `false`.
    pub(super) fn boolean(&mut self, key: &'static str) -> Checked<bool> {
        match self.raw(key)? {
            Some(Raw::Toml(Value::Boolean(value))) => Ok(value),
            Some(Raw::Text(text)) if text.trim() == "true" => Ok(true),
            Some(Raw::Text(text)) if text.trim() == "false" => Ok(false),
            _ => self.fault(
                key,
                Wrong::new("is neither true nor false", "write true or false"),
            ),
        }
    }

    /// Reads `true`, `false`, or `"auto"`, which means `None`.
    pub(super) fn boolean_or_auto(&mut self, key: &'static str) -> Checked<Option<bool>> {
        match self.raw(key)? {
            Some(Raw::Toml(Value::Boolean(value))) => Ok(Some(value)),
            Some(Raw::Text(text) | Raw::Toml(Value::String(text))) => match text.trim() {
                "auto" => Ok(None),
                "true" => Ok(Some(true)),
                "false" => Ok(Some(false)),
                _ => self.fault(key, not_auto()),
            },
            _ => self.fault(key, not_auto()),
        }
    }

    /// Reads a whole number of 1 or more.
    pub(super) fn number(&mut self, key: &'static str) -> Checked<u64> {
        match self.whole(key)? {
            Some(number) if number > 0 => Ok(number),
            _ => self.fault(
                key,
                Wrong::new("is not a whole number of 1 or more", "write digits only"),
            ),
        }
    }

    /// Reads a whole number of 0 or more.
    pub(super) fn whole_number(&mut self, key: &'static str) -> Checked<u64> {
        match self.whole(key)? {
            Some(number) => Ok(number),
            None => self.fault(
                key,
                Wrong::new("is not a whole number", "write digits only"),
            ),
        }
    }

    fn whole(&self, key: &str) -> Checked<Option<u64>> {
        Ok(match self.raw(key)? {
            Some(Raw::Toml(Value::Integer(number))) => u64::try_from(number).ok(),
            Some(Raw::Text(text)) => text.trim().parse().ok(),
            _ => None,
        })
    }

    /// Reads a duration.
    pub(super) fn duration(&mut self, key: &'static str) -> Checked<Duration> {
        self.text(key, duration::parse)
    }

    /// Returns the value without parsing it.
    pub(super) fn raw(&self, key: &str) -> Checked<Option<Raw>> {
        match self.values.get(key).map(|given| &given.raw) {
            Some(Raw::Refused) => Err(Reported),
            raw => Ok(raw.cloned()),
        }
    }
}

fn not_auto() -> Wrong {
    Wrong::new(
        "is neither auto, true nor false",
        "write \"auto\", true or false",
    )
}

/// Returns the entries of an array of strings. `None` when the value is anything else.
pub(super) fn texts(value: &Value) -> Option<Vec<String>> {
    value
        .as_array()?
        .iter()
        .map(|entry| entry.as_str().map(str::to_owned))
        .collect()
}
