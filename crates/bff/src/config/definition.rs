//! The keys that exist and their defaults: those of the engine's `config/default.toml`, and those that the defaults of the app add.
//!
//! The layers refuse a key that is not here, and the `config` command prints the keys in this order. `docs/config.md` is generated
//! from the engine's file.

use toml::{Table, Value};

/// The engine's `config/default.toml`, embedded at build time.
pub(super) const DEFAULT_TOML: &str = include_str!("../../config/default.toml");
/// The engine's `config/production.toml`, embedded at build time. Used when there is no such file on disk.
pub(super) const PRODUCTION_TOML: &str = include_str!("../../config/production.toml");
/// The key of the `[[proxy]]` tables for `/api/proxy/…`. Only files can contain them.
pub(super) const PROXY: &str = "proxy";

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

/// Returns every key: the engine's in the order of its file, and after them, in each section, those that only `app` defines.
pub(super) fn keys(app: Option<&str>) -> Vec<Key> {
    let mut keys = keys_in(DEFAULT_TOML, false);
    for key in app.map_or_else(Vec::new, |text| keys_in(text, true)) {
        let is_engines = keys.iter().any(|known| known.name == key.name);
        if is_engines || former(&key.name).is_some() {
            continue;
        }
        let last = keys
            .iter()
            .rposition(|known| known.parts().0 == key.parts().0);
        keys.insert(last.map_or(keys.len(), |last| last + 1), key);
    }
    keys
}

/// Returns the keys of the sections of a text, in its order. The layers report a text that is not TOML.
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

/// A former key: accepted for one more version, with a warning.
pub(super) struct FormerKey {
    pub(super) key: &'static str,
    /// The key that replaced it. `None` when the value has no effect any more.
    pub(super) now: Option<&'static str>,
    /// The warning. It completes the sentence "this key …" and names the remedy.
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

/// Returns the former key with this name.
pub(super) fn former(key: &str) -> Option<&'static FormerKey> {
    FORMER_KEYS.iter().find(|former| former.key == key)
}

/// Returns the current name of a key. `None` when the key has no effect any more.
pub(super) fn current_name(key: &str) -> Option<&str> {
    former(key).map_or(Some(key), |former| former.now)
}
