//! `config`: prints the effective values with masked secrets.

use crate::config::Config;

use super::{Trouble, say};

/// Prints the configuration as TOML.
pub fn run(config: &Config) -> Result<(), Trouble> {
    say(config.effective().trim_end())
}
