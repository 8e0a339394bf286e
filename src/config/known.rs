//! Which keys there are and what their variables are called.
//!
//! `config/default.toml` is the definition: a key exists when it stands there. Only the short names
//! are added here. Called by the layers, which refuse every other name.

use toml::{Table, Value};

/// `config/default.toml`, embedded.
pub(super) const DEFAULT_TOML: &str = include_str!("../../config/default.toml");
/// `config/production.toml`, embedded; used when there is none on disk.
pub(super) const PRODUCTION_TOML: &str = include_str!("../../config/production.toml");

/// The variable that names the profile; it is no key.
pub(super) const PROFILE_VARIABLE: &str = "BFF_PROFILE";
/// What every long variable begins with.
pub(super) const PREFIX: &str = "BFF_";
/// Reads the value from the file that the variable names.
pub(super) const FILE_SUFFIX: &str = "_FILE";
/// The tables for `/api/proxy/…`; they are written in files only.
pub(super) const PROXY: &str = "proxy";

const SHORT_NAMES: [(&str, &str); 7] = [
    ("OAUTH_CLIENT_ID", "oauth.client_id"),
    ("OAUTH_CLIENT_SECRET", "oauth.client_secret"),
    ("OAUTH_REDIRECT_URI", "oauth.redirect_uri"),
    ("OAUTH_AUTH_SERVER", "oauth.auth_server"),
    ("SESSION_STORE", "session.store"),
    ("SESSION_KEYS", "session.keys"),
    ("RUST_LOG", "log.filter"),
];

/// The names of every key, in the order of `config/default.toml` (sections in alphabetical order).
#[derive(Debug, Clone)]
pub(super) struct Known {
    keys: Vec<String>,
}

impl Known {
    /// The keys that stand in a parsed `default.toml`, and `proxy`.
    pub(super) fn from_defaults(defaults: &Table) -> Self {
        let mut keys: Vec<String> = defaults
            .iter()
            .filter_map(|(section, value)| Some((section, value.as_table()?)))
            .flat_map(|(section, table)| table.keys().map(move |key| format!("{section}.{key}")))
            .collect();
        keys.push(PROXY.to_owned());
        Self { keys }
    }

    /// Every key.
    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(String::as_str)
    }

    /// True when the name is a key.
    pub(super) fn has(&self, key: &str) -> bool {
        self.keys.iter().any(|known| known == key)
    }

    /// True when the name is a section that holds keys.
    pub(super) fn has_section(&self, name: &str) -> bool {
        self.keys.iter().any(|key| {
            key.split_once('.')
                .is_some_and(|(section, _)| section == name)
        })
    }

    /// The key that looks most like `name`, when one does.
    pub(super) fn nearest(&self, name: &str) -> Option<&str> {
        nearest(name, self.keys())
    }

    /// The key whose variable is `name` (without `_FILE`).
    pub(super) fn key_of(&self, name: &str) -> Option<&str> {
        self.keys()
            .find(|key| variables(key).iter().any(|known| known == name))
    }

    /// The long variable that looks most like `name`, when one does.
    pub(super) fn nearest_variable(&self, name: &str) -> Option<String> {
        let names: Vec<String> = self.keys().flat_map(variables).collect();
        nearest(name, names.iter().map(String::as_str)).map(str::to_owned)
    }
}

/// The variables that set a key: the long name, and the short one where there is one.
pub(super) fn variables(key: &str) -> Vec<String> {
    let Some((section, name)) = key.split_once('.') else {
        return Vec::new();
    };
    let long = format!("{PREFIX}{section}__{name}").to_ascii_uppercase();
    let short = SHORT_NAMES
        .iter()
        .filter(|(_, of)| *of == key)
        .map(|(short, _)| (*short).to_owned());
    std::iter::once(long).chain(short).collect()
}

/// Where `value` stands in `table`, by its dotted key.
pub(super) fn find<'a>(table: &'a Table, key: &str) -> Option<&'a Value> {
    match key.split_once('.') {
        Some((section, name)) => table.get(section)?.as_table()?.get(name),
        None => table.get(key),
    }
}

fn nearest<'a>(name: &str, among: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    const ALIKE: f64 = 0.75;
    // Comparing takes the product of the lengths, and a name from outside may have any.
    const LONGEST: usize = 80;
    if name.len() > LONGEST {
        return None;
    }
    among
        .map(|known| (strsim::normalized_damerau_levenshtein(name, known), known))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known)
}
