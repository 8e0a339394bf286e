//! Which keys there are and what their variables are called.
//!
//! The keys are those of the definition, and `proxy`; only the short names are added here. Called by
//! the layers, which refuse every other name.

use std::collections::BTreeMap;

use super::definition;

/// The variable that names the profile; it is no key.
pub(super) const PROFILE_VARIABLE: &str = "BFF_PROFILE";
/// What every long variable begins with.
pub(super) const PREFIX: &str = "BFF_";
/// A variable with this at its end names a file to read the value from.
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

/// A key that is accepted for one more version, with a warning.
pub(super) struct FormerKey {
    pub(super) key: &'static str,
    /// The key that took its place; none: the value has no effect.
    pub(super) now: Option<&'static str>,
    /// Completes "this key …" and says what to do.
    pub(super) warning: &'static str,
}

/// Every former key.
pub(super) const FORMER_KEYS: [FormerKey; 3] = [
    FormerKey {
        key: "limits.stranger_rate",
        now: Some("limits.login_rate"),
        warning: "is now called limits.login_rate; write that, because the next version refuses the old name",
    },
    FormerKey {
        key: "limits.stranger_burst",
        now: Some("limits.login_burst"),
        warning: "is now called limits.login_burst; write that, because the next version refuses the old name",
    },
    FormerKey {
        key: "limits.client_connections",
        now: None,
        warning: "has no effect; remove it, and limit the connections of one client in the reverse proxy (nginx: limit_conn)",
    },
];

/// The names of every key and of every variable.
pub(super) struct Known {
    keys: Vec<String>,
    by_variable: BTreeMap<String, String>,
}

impl Known {
    pub(super) fn new() -> Self {
        let mut keys: Vec<String> = definition::entries()
            .into_iter()
            .map(|entry| entry.key)
            .collect();
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

    /// True when the name is a key, or was one in the version before.
    pub(super) fn has(&self, key: &str) -> bool {
        self.keys.iter().any(|known| known == key) || former(key).is_some()
    }

    /// True when the name is a section that holds keys.
    pub(super) fn has_section(&self, name: &str) -> bool {
        let section = |key: &String| key.split_once('.').is_some_and(|(of, _)| of == name);
        self.keys.iter().any(section)
    }

    /// The key that a variable sets, and whether the variable names a file with the value.
    pub(super) fn key_of(&self, variable: &str) -> Option<(&str, Setter)> {
        if let Some(key) = self.by_variable.get(variable) {
            return Some((key, Setter::Value));
        }
        let key = self.by_variable.get(variable.strip_suffix(FILE_SUFFIX)?)?;
        Some((key, Setter::File))
    }

    /// The key that looks most like `name`, when one does.
    pub(super) fn nearest_key(&self, name: &str) -> Option<&str> {
        nearest(name, self.keys.iter())
    }

    /// The variable that looks most like `name`, when one does.
    pub(super) fn nearest_variable(&self, name: &str) -> Option<&str> {
        nearest(name, self.by_variable.keys())
    }
}

/// The former key of this name.
pub(super) fn former(key: &str) -> Option<&'static FormerKey> {
    FORMER_KEYS.iter().find(|former| former.key == key)
}

/// The name that a key has now; none when it has no effect any more.
pub(super) fn current_name(key: &str) -> Option<&str> {
    former(key).map_or(Some(key), |former| former.now)
}

/// How a variable gives its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Setter {
    /// It is the value.
    Value,
    /// It is the path of a file that holds the value.
    File,
}

/// The variables that set a key: the long name first, then the short one where there is one.
pub(super) fn variables(key: &str) -> Vec<String> {
    let long = format!("{PREFIX}{}", key.replacen('.', "__", 1)).to_ascii_uppercase();
    let short = SHORT_NAMES
        .iter()
        .filter(|(_, of)| *of == key)
        .map(|(short, _)| (*short).to_owned());
    std::iter::once(long).chain(short).collect()
}

fn nearest<'a>(name: &str, among: impl Iterator<Item = &'a String>) -> Option<&'a str> {
    const ALIKE: f64 = 0.75;
    // The comparison takes the product of both lengths, and a name from outside may be long.
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
