//! The keys that exist, their defaults, and the variables that set them.
//!
//! The keys are those of the engine's `config/default.toml`, those that the defaults of the app add, and `proxy`. The layers refuse every other
//! name, and the `config` command prints the keys in this order. `docs/config.md` is generated from the engine's file.

use std::collections::BTreeMap;

use toml::{Table, Value};

/// The engine's `config/default.toml`, embedded at build time.
pub(super) const DEFAULT_TOML: &str = include_str!("../../config/default.toml");
/// The engine's `config/production.toml`, embedded at build time. Used when there is no such file on disk.
pub(super) const PRODUCTION_TOML: &str = include_str!("../../config/production.toml");
/// The key of the `[[proxy]]` tables for `/api/proxy/…`. Only files can contain them.
pub(super) const PROXY: &str = "proxy";
/// The variable that names the profile. It sets no key.
pub(super) const PROFILE_VARIABLE: &str = "BFF_PROFILE";
/// The prefix of every long variable name.
pub(super) const PREFIX: &str = "BFF_";
/// The suffix of a variable that names a file to read the value from.
const FILE_SUFFIX: &str = "_FILE";

const SHORT_NAMES: [(&str, &str); 7] = [
    ("OAUTH_CLIENT_ID", "oauth.client_id"),
    ("OAUTH_CLIENT_SECRET", "oauth.client_secret"),
    ("OAUTH_REDIRECT_URI", "oauth.redirect_uri"),
    ("OAUTH_AUTH_SERVER", "oauth.auth_server"),
    ("SESSION_STORE", "session.store"),
    ("SESSION_KEYS", "session.keys"),
    ("RUST_LOG", "log.filter"),
];

/// The former keys, accepted for one more version with a warning: the key, and the key that replaced it or why the value has no effect any more.
const FORMER_KEYS: [(&str, Result<&str, &str>); 3] = [
    ("limits.stranger_rate", Ok("limits.login_rate")),
    ("limits.stranger_burst", Ok("limits.login_burst")),
    (
        "limits.client_connections",
        Err("limit the connections of one client in the reverse proxy (nginx: limit_conn)"),
    ),
];

/// Returns what is known of a former key: the key that replaced it, or why it has no effect.
pub(super) fn former(key: &str) -> Option<Result<&'static str, &'static str>> {
    let former = FORMER_KEYS.iter().find(|(former, _)| *former == key);
    former.map(|(_, now)| *now)
}

/// One key.
#[derive(Debug, Clone)]
pub(super) struct Key {
    /// The full name, such as `session.idle_ttl`.
    pub(super) name: String,
    /// The default.
    pub(super) default: Value,
    /// Whether the app defines it, not the engine.
    pub(super) is_apps: bool,
}

impl Key {
    /// Returns the section and the name in it.
    pub(super) fn parts(&self) -> (&str, &str) {
        self.name.split_once('.').unwrap_or((&self.name, ""))
    }
}

/// Every key: the engine's in the order of its file, and after them, in each section, those that only the app defines.
pub(super) struct Keys {
    pub(super) list: Vec<Key>,
    by_variable: BTreeMap<String, String>,
}

impl Keys {
    pub(super) fn new(app: Option<&str>) -> Self {
        let mut list = keys_in(DEFAULT_TOML, false);
        for key in app.map_or_else(Vec::new, |text| keys_in(text, true)) {
            let is_engines = list.iter().any(|known| known.name == key.name);
            if is_engines || former(&key.name).is_some() {
                continue;
            }
            let is_beside = |known: &Key| known.parts().0 == key.parts().0;
            let last = list.iter().rposition(is_beside);
            list.insert(last.map_or(list.len(), |last| last + 1), key);
        }
        let names = list.iter().map(|key| key.name.as_str());
        let by_variable = names
            .chain(FORMER_KEYS.map(|(former, _)| former))
            .flat_map(|key| {
                variables(key)
                    .into_iter()
                    .map(move |name| (name, key.to_owned()))
            })
            .collect();
        Self { list, by_variable }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Key> {
        self.list.iter().find(|key| key.name == name)
    }

    /// Returns true when the name is a key, or was one in the previous version.
    pub(super) fn has(&self, name: &str) -> bool {
        name == PROXY || self.get(name).is_some() || former(name).is_some()
    }

    /// Returns true when the name is a section that contains keys.
    pub(super) fn has_section(&self, name: &str) -> bool {
        self.list.iter().any(|key| key.parts().0 == name)
    }

    /// Returns the keys of a section that the app defines, or those that the engine defines.
    pub(super) fn in_section(&self, section: &str, is_apps: bool) -> impl Iterator<Item = &Key> {
        let is_in = move |key: &&Key| key.is_apps == is_apps && key.parts().0 == section;
        self.list.iter().filter(is_in)
    }

    /// Returns the key that a variable sets, and whether the variable names a file with the value.
    pub(super) fn key_of(&self, variable: &str) -> Option<(&str, bool)> {
        let file = || self.by_variable.get(variable.strip_suffix(FILE_SUFFIX)?);
        let value = self
            .by_variable
            .get(variable)
            .map(|key| (key.as_str(), false));
        value.or_else(|| Some((file()?, true)))
    }

    /// Returns the variable most similar to `name`, if any is similar enough.
    pub(super) fn nearest_variable(&self, name: &str) -> Option<&str> {
        nearest(name, self.by_variable.keys().map(String::as_str))
    }

    /// Returns the key most similar to `name`, if any is similar enough.
    pub(super) fn nearest(&self, name: &str) -> Option<&str> {
        let keys = self.list.iter().map(|key| key.name.as_str());
        nearest(name, keys.chain([PROXY]))
    }

    /// Returns the engine's key most similar to `name`, if any is similar enough.
    pub(super) fn nearest_of_engine(&self, name: &str) -> Option<&str> {
        let engines = self.list.iter().filter(|key| !key.is_apps);
        nearest(name, engines.map(|key| key.name.as_str()))
    }
}

/// Returns every key of the sections of a text, in its order. The layers report a text that is not TOML.
fn keys_in(text: &str, is_apps: bool) -> Vec<Key> {
    let mut keys = Vec::new();
    for (section, value) in text.parse::<Table>().unwrap_or_default() {
        let Value::Table(values) = value else {
            continue;
        };
        keys.extend(values.into_iter().map(|(name, default)| Key {
            name: format!("{section}.{name}"),
            default,
            is_apps,
        }));
    }
    keys
}

/// Returns the variables that set a key: the long name first, then the short one if the key has one.
pub(super) fn variables(key: &str) -> Vec<String> {
    let long = format!("{PREFIX}{}", key.replacen('.', "__", 1)).to_ascii_uppercase();
    let short = SHORT_NAMES.iter().filter(|(_, of)| *of == key);
    let short = short.map(|(short, _)| (*short).to_owned());
    std::iter::once(long).chain(short).collect()
}

/// Returns the name most similar to `name`, if any is similar enough.
fn nearest<'a>(name: &str, among: impl Iterator<Item = &'a str>) -> Option<&'a str> {
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
        .map(|(_, known)| known)
}
