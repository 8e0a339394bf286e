//! Prints the values in force, for the `config` command: TOML with masks.

use super::Config;

impl Config {
    /// The values in force as TOML; secrets are `***`.
    #[must_use]
    pub fn effective(&self) -> String {
        toml::to_string(self).unwrap_or_default()
    }
}
