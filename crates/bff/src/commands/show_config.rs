//! `config`: the effective values, secrets masked.

use crate::config::Config;

use super::say;

/// Prints the configuration as TOML.
pub fn run(config: &Config) {
    say(config.effective().trim_end());
}
