//! The command line: one file for each command. This file parses the arguments, loads the configuration, runs the command and reports its error.
//!
//! Exit codes: 0 success or stopped by a signal, 1 failure while running, 2 bad configuration, bad arguments or an address in use.

mod doctor;
mod error;
mod health;
mod keygen;
mod manual;
mod output;
mod register;
#[cfg(feature = "sandbox")]
mod sandbox;
mod serve;
mod sessions;
mod show_config;
mod templates;

use std::process::ExitCode;

use crate::app::{self, App};
use crate::config::{Config, Sources};
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use error::CliError;
use output::{print, print_to_stderr};

/// Signs users in through an OAuth2 provider and keeps their tokens on the server.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Run the app (the default command); with no credentials configured, the sandbox runs in the same process
    Serve,
    /// Run only the sandbox provider, for developing another app
    #[cfg(feature = "sandbox")]
    Sandbox(sandbox::Options),
    /// Register this app at the provider and write its credentials to .env
    Register(register::Options),
    /// Check settings, machine, store, provider and reverse proxy; each finding has its remedy, exit code 1 on a failure
    Doctor(doctor::Options),
    /// Ask the running program whether it is ready: exit code 0 or 1 (for container health checks)
    Health(health::Options),
    /// Print a new key for `SESSION_KEYS`
    Keygen,
    /// Print the effective configuration, secrets masked
    Config(show_config::Options),
    /// Print the completions for a shell
    Completions(manual::Completions),
    /// Print the manual page of the program, or of one command (roff)
    Man(manual::Page),
    /// List or end sessions while the program is running
    #[command(subcommand)]
    Sessions(sessions::Action),
    /// Check the templates and words of the app
    #[command(subcommand)]
    Templates(templates::Action),
}

/// Runs the command given by the arguments of this process to its end. Returns the exit code.
#[must_use]
pub fn run(app: App) -> ExitCode {
    let name = app.name;
    forbid_core_dumps(name);
    match arguments(&app).and_then(|arguments| run_to_end(app, arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => report(name, &error),
    }
}

fn run_to_end(app: App, arguments: Option<Arguments>) -> Result<(), CliError> {
    let Some(arguments) = arguments else {
        return Ok(());
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| CliError::Running(error.to_string()))?;
    let outcome = runtime.block_on(run_command(app, arguments));
    // Does not wait for tasks: the command has already waited for those that must finish, and a blocked disk call must not keep the process alive.
    runtime.shutdown_background();
    outcome
}

/// Disables core dumps of this process, or prints why that is not possible.
fn forbid_core_dumps(name: &str) {
    if let Err(error) = app::forbid_core_dumps() {
        print_to_stderr(&format!("{name}: core dumps cannot be forbidden: {error}"));
    }
}

/// Parses the arguments of this process. For help and version it prints the text and returns `None`.
///
/// # Errors
/// [`CliError`]. The caller prints it.
fn arguments(app: &App) -> Result<Option<Arguments>, CliError> {
    let matches = command(app).try_get_matches();
    match matches.and_then(|matches| Arguments::from_arg_matches(&matches)) {
        Ok(arguments) => Ok(Some(arguments)),
        Err(error) if error.use_stderr() => Err(CliError::Arguments(error)),
        // Printed here because clap ignores a write error.
        Err(help) => print(help.render().to_string().trim_end()).map(|()| None),
    }
}

/// Returns the description of the command line, under the name of the app.
fn command(app: &App) -> clap::Command {
    Arguments::command()
        .name(app.name)
        .mut_subcommand("register", |command| register::describe(app, command))
}

/// Runs the command given by the arguments.
///
/// # Errors
/// [`CliError`]. The caller prints it.
async fn run_command(app: App, arguments: Arguments) -> Result<(), CliError> {
    match arguments.command {
        None | Some(Command::Serve) => {
            let config = configuration(&app)?;
            serve::run(app, &config).await
        }
        #[cfg(feature = "sandbox")]
        Some(Command::Sandbox(options)) => sandbox::run(&configuration(&app)?, options).await,
        Some(Command::Register(options)) => register::run(&app, options).await,
        Some(Command::Doctor(options)) => doctor::run(&app, options).await,
        Some(Command::Health(options)) => health::run(&app, options).await,
        Some(Command::Keygen) => keygen::run(),
        Some(Command::Config(options)) if options.is_schema() => show_config::schema(&app),
        Some(Command::Config(_)) => show_config::run(&configuration(&app)?),
        Some(Command::Completions(options)) => manual::completions(command(&app), &options),
        Some(Command::Man(options)) => manual::page(command(&app), &options),
        Some(Command::Templates(action)) => templates::run(&app, &configuration(&app)?, &action),
        Some(Command::Sessions(action)) => sessions::run(&app, &configuration(&app)?, action).await,
    }
}

/// Prints the error, each line after the app's name, and returns the exit code.
fn report(name: &str, error: &CliError) -> ExitCode {
    let (text, code) = match error {
        CliError::Arguments(error) => {
            // A write error is ignored: when standard error cannot be written, the exit code is the only report.
            drop(error.print());
            return ExitCode::from(2);
        }
        CliError::Output(error) => (format!("standard output cannot be written: {error}"), 1),
        CliError::Usage(text) => (text.clone(), 2),
        CliError::Running(text) => (text.clone(), 1),
    };
    let lines: Vec<String> = text.lines().map(|line| format!("{name}: {line}")).collect();
    print_to_stderr(&lines.join("\n"));
    ExitCode::from(code)
}

/// Loads the configuration of this process and prints its warnings.
fn configuration(app: &App) -> Result<Config, CliError> {
    let loaded = Config::load(&app.add_settings_to(Sources::from_process()))?;
    for warning in &loaded.warnings {
        print_to_stderr(&format!("{}: {warning}", app.name));
    }
    Ok(loaded.config)
}
