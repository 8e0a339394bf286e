//! The layers of variables: `.env` and, overriding it, the environment.
//!
//! Only one variable may set a key; a second variable for the same key is a fault. An empty variable counts as unset,
//! because compose files pass on unset variables as empty ones. Part of [`super::layers`], which calls it.

use std::collections::BTreeMap;
use std::io;

use super::definition::{PROXY, current_name};
use super::dotenv;
use super::fault::Wrong;
use super::known::{PREFIX, PROFILE_VARIABLE, Setter};
use super::layers::Layers;
use super::origin::Origin;
use super::profile::Profile;
use super::raw::Raw;
use super::small_file::{self, unreadable};
use super::sources::Sources;

impl Layers {
    /// Merges `.env`, in development only, and then the environment.
    pub(super) fn lay_variables(&mut self, sources: &Sources, profile: &Profile) {
        if profile.is_development() {
            self.lay_dot_env(&sources.environment);
        }
        self.lay_environment(&sources.environment, Origin::Variable);
        for name in &sources.not_utf8 {
            if name.starts_with(PREFIX) || self.known.key_of(name).is_some() {
                let wrong = Wrong::new("is not UTF-8", "write it in UTF-8");
                self.fault(name, Origin::Variable(name.clone()), wrong);
            }
        }
    }

    fn lay_dot_env(&mut self, environment: &BTreeMap<String, String>) {
        let path = self.directory.join(".env");
        let text = match small_file::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return,
            Err(error) => return self.fault(".env", Origin::File(path), unreadable(&error)),
        };
        let (mut variables, bad_lines) = dotenv::parse(&text);
        for line in bad_lines {
            let wrong = Wrong::new(
                format!("cannot be read at line {line}"),
                "write NAME=value, in quotes when the value has spaces or #",
            );
            self.fault(".env", Origin::File(path.clone()), wrong);
        }
        if variables.remove(PROFILE_VARIABLE).is_some() {
            let wrong = Wrong::new(
                "has no effect there: .env is read in development only",
                "set it in the real environment",
            );
            let origin = Origin::DotEnv(PROFILE_VARIABLE.to_owned());
            self.fault(PROFILE_VARIABLE, origin, wrong);
        }
        // Drops the variables of `.env` for keys that the real environment sets under any name, so that they are not a second value.
        let set: Vec<&str> = environment
            .iter()
            .filter(|(_, value)| !is_unset(value))
            .filter_map(|(name, _)| self.known.key_of(name))
            .filter_map(|(key, _)| current_name(key))
            .collect();
        let is_free = |name: &String| {
            self.known
                .key_of(name)
                .and_then(|(key, _)| current_name(key))
                .is_none_or(|key| !set.contains(&key))
        };
        variables.retain(|name, _| is_free(name));
        self.lay_environment(&variables, Origin::DotEnv);
    }

    fn lay_environment(
        &mut self,
        environment: &BTreeMap<String, String>,
        origin: impl Fn(String) -> Origin,
    ) {
        let mut setters: BTreeMap<String, Vec<(&str, &str, Setter)>> = BTreeMap::new();
        for (name, value) in environment {
            let named = self.known.key_of(name);
            match named.map(|(key, setter)| (key.to_owned(), setter)) {
                Some(_) if is_unset(value) => {}
                Some((key, setter)) => {
                    if let Some(key) = self.resolve(&key) {
                        setters.entry(key).or_default().push((name, value, setter));
                    }
                }
                None => self.refuse_unknown_variable(name, origin(name.clone())),
            }
        }
        for (key, several) in setters {
            match several.as_slice() {
                [(name, value, Setter::Value)] => {
                    let raw = Raw::Text((*value).to_owned());
                    self.lay(&key, raw, origin((*name).to_owned()));
                }
                [(name, path, Setter::File)] => {
                    self.lay_named_file(&key, origin((*name).to_owned()), path);
                }
                several => {
                    let names: Vec<&str> = several.iter().map(|(name, ..)| *name).collect();
                    let wrong = Wrong::new(
                        format!("is set more than once, by {}", names.join(" and ")),
                        "keep one of them",
                    );
                    self.refuse(&key, Origin::Default, wrong);
                }
            }
        }
    }

    fn lay_named_file(&mut self, key: &str, variable: Origin, path: &str) {
        let path = self.directory.join(path);
        let text = match small_file::read(&path) {
            Ok(text) => text,
            // The path is not printed because it may be the secret itself, set in the wrong variable.
            Err(error) => return self.refuse(key, variable, unreadable(&error)),
        };
        let origin = Origin::NamedFile {
            variable: variable.to_string(),
            path,
        };
        if text.trim().is_empty() {
            let wrong = Wrong::new("is to be read from an empty file", "write it into the file");
            return self.refuse(key, origin, wrong);
        }
        self.lay(key, Raw::Text(text), origin);
    }

    fn refuse_unknown_variable(&mut self, name: &str, origin: Origin) {
        if name == PROFILE_VARIABLE || !name.starts_with(PREFIX) {
            return;
        }
        let of_proxy = format!("{PREFIX}{PROXY}").to_ascii_uppercase();
        let remedy = if name.starts_with(&of_proxy) {
            "write [[proxy]] tables in config/<profile>.toml".to_owned()
        } else if let Some(near) = self.known.nearest_variable(name) {
            format!("did you mean {near}?")
        } else {
            "remove it (docs/config.md lists every variable)".to_owned()
        };
        let wrong = Wrong::new("names no key of this program", remedy);
        self.fault(name, origin, wrong);
    }
}

fn is_unset(value: &str) -> bool {
    value.trim().is_empty()
}
