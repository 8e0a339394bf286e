//! `doctor`: checks the settings, the machine, the store, the provider and the reverse proxy, and prints each finding with its remedy.
//!
//! It works with and without a running program. It makes no file, starts no server, and prints no secret and no text of other programs.

mod certificate;
mod client;
mod finding;
mod machine;
mod mounts;
mod origin;
mod provider;
mod proxy;
mod questions;
mod reach;
mod scene;
mod settings;
mod store;

use serde_json::{Value, json};

use crate::app::App;
use crate::config::{Config, Sources};

use self::finding::Finding;
use self::scene::Scene;
use super::error::CliError;
use super::output::print;

/// Options of `doctor`.
#[derive(clap::Args)]
pub struct Options {
    /// Print one JSON object in place of lines
    #[arg(long)]
    json: bool,
}

/// Runs all checks and prints what they found.
///
/// # Errors
/// [`CliError::Running`] when a check failed.
pub async fn run(app: &App, options: Options) -> Result<(), CliError> {
    let sources = app.add_settings_to(Sources::from_process());
    let findings = examine(app, &sources).await?;
    let failed = findings.iter().filter(|found| found.is_failed()).count();
    if options.json {
        let findings: Vec<Value> = findings.iter().map(Finding::json).collect();
        let whole = json!({ "ok": failed == 0, "findings": findings });
        print(&whole.to_string())?;
    } else {
        let lines: Vec<String> = findings.iter().map(Finding::line).collect();
        print(&lines.join("\n"))?;
    }
    match failed {
        0 => Ok(()),
        1 => Err(CliError::Running("1 check failed".to_owned())),
        more => Err(CliError::Running(format!("{more} checks failed"))),
    }
}

async fn examine(app: &App, sources: &Sources) -> Result<Vec<Finding>, CliError> {
    let loaded = Config::load(sources);
    let mut findings = settings::examine(&loaded);
    let Ok(loaded) = loaded else {
        return Ok(findings);
    };
    let (scene, found) = Scene::set(app, sources, &loaded.config).await?;
    findings.extend(found);
    findings.extend(machine::examine(&scene));
    findings.extend(store::examine(&scene).await);
    findings.extend(provider::examine(&scene).await);
    findings.extend(origin::examine(&scene).await);
    Ok(findings)
}
