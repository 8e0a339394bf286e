//! The names of all keys and of their environment variables.
//!
//! The keys are those of the definition, and `proxy`. This file adds only the short names. Called by the layers, which refuse every
//! other name.

use std::collections::BTreeMap;

use super::definition::{FORMER_KEYS, Key, PROXY, former};

/// The variable that names the profile. It sets no key.
pub(super) const PROFILE_VARIABLE: &str = "BFF_PROFILE";
/// The prefix of every long variable name.
pub(super) const PREFIX: &str = "BFF_";
/// The suffix of a variable that names a file to read the value from.
pub(super) const FILE_SUFFIX: &str = "_FILE";

const SHORT_NAMES: [(&str, &str); 7] = [
    ("OAUTH_CLIENT_ID", "oauth.client_id"),
    ("OAUTH_CLIENT_SECRET", "oauth.client_secret"),
    ("OAUTH_REDIRECT_URI", "oauth.redirect_uri"),
    ("OAUTH_AUTH_SERVER", "oauth.auth_server"),
    ("SESSION_STORE", "session.store"),
    ("SESSION_KEYS", "session.keys"),
    ("RUST_LOG", "log.filter"),
];

/// The names of every key and of every variable.
pub(super) struct Known {
    keys: Vec<String>,
    by_variable: BTreeMap<String, String>,
}

impl Known {
    pub(super) fn new(keys: &[Key]) -> Self {
        let mut keys: Vec<String> = keys.iter().map(|key| key.name.clone()).collect();
        let former = FORMER_KEYS.iter().map(|former| former.key);
        let by_variable = keys
            .iter()
            .map(String::as_str)
            .chain(former)
            .flat_map(|key| {
                variables(key)
                    .into_iter()
                    .map(|name| (name, key.to_owned()))
            })
            .collect();
        keys.push(PROXY.to_owned());
        Self { keys, by_variable }
    }

    /// Returns true when the name is a key, or was one in the previous version.
    pub(super) fn has(&self, key: &str) -> bool {
        self.keys.iter().any(|known| known == key) || former(key).is_some()
    }

    /// Returns true when the name is a section that contains keys.
    pub(super) fn has_section(&self, name: &str) -> bool {
        let section = |key: &String| key.split_once('.').is_some_and(|(of, _)| of == name);
        self.keys.iter().any(section)
    }

    /// Returns the key that a variable sets, and whether the variable names a file with the value.
    pub(super) fn key_of(&self, variable: &str) -> Option<(&str, Setter)> {
        if let Some(key) = self.by_variable.get(variable) {
            return Some((key, Setter::Value));
        }
        let key = self.by_variable.get(variable.strip_suffix(FILE_SUFFIX)?)?;
        Some((key, Setter::File))
    }

    /// Returns the key most similar to `name`, if any is similar enough.
    pub(super) fn nearest_key(&self, name: &str) -> Option<&str> {
        nearest(name, self.keys.iter())
    }

    /// Returns the variable most similar to `name`, if any is similar enough.
    pub(super) fn nearest_variable(&self, name: &str) -> Option<&str> {
        nearest(name, self.by_variable.keys())
    }
}

/// What the text of a variable is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Setter {
    /// The value of the key.
    Value,
    /// The path of a file that contains the value.
    File,
}

/// Returns the variables that set a key: the long name first, then the short one if the key has one.
pub(super) fn variables(key: &str) -> Vec<String> {
    let long = format!("{PREFIX}{}", key.replacen('.', "__", 1)).to_ascii_uppercase();
    let short = SHORT_NAMES
        .iter()
        .filter(|(_, of)| *of == key)
        .map(|(short, _)| (*short).to_owned());
    std::iter::once(long).chain(short).collect()
}

/// Returns the name most similar to `name`, if any is similar enough.
pub(super) fn nearest<'a>(name: &str, among: impl Iterator<Item = &'a String>) -> Option<&'a str> {
    const ALIKE: f64 = 0.75;
    // In bytes. Limited because the cost of the comparison is the product of both lengths, and a name in a file or variable may be long.
    const LONGEST: usize = 80;
    if name.len() > LONGEST {
        return None;
    }
    among
        .map(|known| (strsim::normalized_damerau_levenshtein(name, known), known))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, known)| known.as_str())
}
