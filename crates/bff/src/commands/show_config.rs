//! `config`: prints the effective values with masked secrets. `config schema`: prints the JSON schema of the settings.

use clap::Subcommand;

use crate::app::App;
use crate::config::{Config, Sources};

use super::error::CliError;
use super::output::print;

/// Options of `config`.
#[derive(clap::Args)]
pub struct Options {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Subcommand)]
enum What {
    /// Print the JSON schema of the files in config/, for editors
    Schema,
}

impl Options {
    /// Returns whether the schema is asked for, which needs no valid configuration.
    pub const fn is_schema(&self) -> bool {
        matches!(self.what, Some(What::Schema))
    }
}

/// Prints the configuration as TOML.
pub fn run(config: &Config) -> Result<(), CliError> {
    print(config.effective().trim_end())
}

/// Prints the schema of the engine's and the app's settings.
pub fn schema(app: &App) -> Result<(), CliError> {
    let sources = app.add_settings_to(Sources::default());
    print(&format!("{:#}", sources.app.schema(app.name)))
}
