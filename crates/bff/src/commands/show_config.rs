//! `config`: prints the effective values with masked secrets.

use crate::config::Config;

use super::error::CliError;
use super::output::print;

/// Prints the configuration as TOML.
pub fn run(config: &Config) -> Result<(), CliError> {
    print(config.effective().trim_end())
}
