//! Tests of the configuration through its public interface: from sources to settings or faults.

mod app;
mod app_faults;
mod arbitrary;
mod dotenv;
mod duration;
mod effective;
mod postgres;
mod profiles;
mod proxies;
mod reference;
mod reread;
mod rules;
mod secrets;
mod sources;
mod store;

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::definition::DEFAULT_TOML;
use super::{Config, Faults, Loaded, Sources};

/// One key of the engine, as it is written in `config/default.toml`.
struct Entry {
    /// The full name, such as `session.idle_ttl`.
    key: String,
    /// The default in TOML, such as `"7d"`.
    default: &'static str,
    /// The comment lines above the key, joined with spaces.
    comment: String,
}

/// Returns every key of the engine in the order of the file. A test compares the result with that of the TOML parser.
fn entries() -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut section = "";
    let mut comment: Vec<&str> = Vec::new();
    for line in DEFAULT_TOML.lines() {
        if let Some(text) = line.strip_prefix("# ") {
            comment.push(text);
        } else if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']');
        } else if line.starts_with('#') {
            comment.clear();
        } else if let Some((name, default)) = line.split_once(" = ") {
            entries.push(Entry {
                key: format!("{section}.{name}"),
                default,
                comment: comment.join(" "),
            });
            comment.clear();
        } else {
            comment.clear();
        }
    }
    entries
}

/// A real random key, used only in tests.
const KEY: &str = "9uaXvHbbJqWVS7OjnMsO5C8aMO5p3bW2xMuIKJu6sCQ=";
const OLDER_KEY: &str = "KyS0WnVEtX7LVQTP2b0qQcBMwKXyLw1TeGfmyjVCuDo=";

/// A temporary working directory and an empty environment.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        Self { folder }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, name: &str, text: &str) -> &Self {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("the folder is made");
        fs::write(path, text).expect("the file is written");
        self
    }

    fn sources(&self, variables: &[(&str, &str)]) -> Sources {
        variables
            .iter()
            .fold(Sources::new(self.path()), |sources, (name, value)| {
                sources.with(*name, *value)
            })
    }

    fn load(&self, variables: &[(&str, &str)]) -> Result<Loaded, Faults> {
        Config::load(&self.sources(variables))
    }

    fn config(&self, variables: &[(&str, &str)]) -> Config {
        match self.load(variables) {
            Ok(loaded) => loaded.config,
            Err(faults) => panic!("expected a configuration, got:\n{faults}"),
        }
    }

    fn faults(&self, variables: &[(&str, &str)]) -> Faults {
        match self.load(variables) {
            Ok(_) => panic!("expected faults for {variables:?}"),
            Err(faults) => faults,
        }
    }
}

/// The minimal environment for production.
const PRODUCTION: [(&str, &str); 7] = [
    ("BFF_PROFILE", "production"),
    ("BFF_SERVER__TRUSTED_PROXIES", "10.0.0.0/8"),
    ("OAUTH_CLIENT_ID", "client_1"),
    ("OAUTH_CLIENT_SECRET", "secret_kT93hs"),
    ("OAUTH_AUTH_SERVER", "https://provider.test"),
    ("OAUTH_REDIRECT_URI", "https://app.test/oauth/callback"),
    ("SESSION_KEYS", KEY),
];

/// `base` with some variables replaced. An empty value removes a variable.
fn varied<'a>(
    base: &[(&'a str, &'a str)],
    changes: &[(&'a str, &'a str)],
) -> Vec<(&'a str, &'a str)> {
    let kept = base
        .iter()
        .filter(|(name, _)| !changes.iter().any(|(changed, _)| changed == name));
    kept.chain(changes).copied().collect()
}

/// The keys with a fault, in the order of the report.
fn keys(faults: &Faults) -> Vec<&str> {
    faults.iter().map(super::Fault::key).collect()
}
