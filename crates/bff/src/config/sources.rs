//! The sources of the configuration: a folder, an environment and the settings of the app, as plain values.
//!
//! Nothing else in `config` reads the process environment, so that tests never depend on it.
//! `main` calls [`Sources::from_process`].

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use super::app_settings::AppSettings;

/// Everything that [`super::Config::load`] may read.
#[derive(Clone, Default)]
pub struct Sources {
    /// The folder that contains `config/`, `data/` and `.env`. An empty path means the working directory.
    pub directory: PathBuf,
    /// The environment variables.
    pub environment: BTreeMap<String, String>,
    /// Names of variables whose value is not UTF-8. Such a variable is a fault when it sets a key.
    pub not_utf8: Vec<String>,
    /// The defaults and the sections of the app. An [`App`](crate::App) sets it by `add_settings_to`.
    pub app: AppSettings,
}

impl Sources {
    /// Creates sources from a folder, with an empty environment.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
            ..Self::default()
        }
    }

    /// Adds an environment variable.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.environment.insert(name.into(), value.into());
        self
    }

    /// Returns the working directory and the environment of this process.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the environment"
    )]
    pub fn from_process() -> Self {
        let mut sources = Self::default();
        for (name, value) in std::env::vars_os() {
            match (name.into_string(), value.into_string()) {
                (Ok(name), Ok(value)) => drop(sources.environment.insert(name, value)),
                (Ok(name), Err(_)) => sources.not_utf8.push(name),
                (Err(_), _) => {}
            }
        }
        sources
    }
}

/// Prints only the names of variables, because values may be secrets.
impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sources")
            .field("directory", &self.directory)
            .field("environment", &self.environment.keys())
            .field("not_utf8", &self.not_utf8)
            .finish()
    }
}
