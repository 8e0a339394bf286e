//! `templates check`: checks the templates and the words of all languages.

use clap::Subcommand;

use super::error::CliError;
use super::output::print;
use crate::app::App;
use crate::config::Config;

/// The actions of the command `templates`.
#[derive(Subcommand)]
pub enum Action {
    /// Render every page in every state and language, and look up every word and file that the templates name
    Check,
}

/// Prints one line for each fault, and fails if there is one.
pub fn run(app: &App, config: &Config, action: &Action) -> Result<(), CliError> {
    let Action::Check = action;
    let pages = app.pages(config);
    let pages = pages.map_err(|error| CliError::Running(error.to_string()))?;
    let faults = pages.check();
    if faults.is_empty() {
        let tags: Vec<&str> = pages.languages().tags().collect();
        return print(&format!(
            "the templates are complete in {}",
            tags.join(", ")
        ));
    }
    print(&faults.join("\n"))?;
    Err(CliError::Running(format!(
        "{} faults in the templates",
        faults.len()
    )))
}
