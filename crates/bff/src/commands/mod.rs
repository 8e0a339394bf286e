//! The command line: `serve` and its companions, one file each, and what they share: arguments, the configuration at hand, how failures are told.
//!
//! Exit codes: 0 done or stopped by a signal, 1 failed while running, 2 configuration, arguments or an address that is taken.

mod keygen;
mod register;
#[cfg(feature = "sandbox")]
mod sandbox;
mod serve;
mod sessions;
mod show_config;

use std::fs::File;
use std::io::{self, ErrorKind, Write as _};
use std::os::fd::AsFd as _;
use std::process::ExitCode;
use std::sync::mpsc;
use std::time::Duration;

use crate::app::{self, App, BuildError};
use crate::config::{Config, Faults, Sources};
use crate::store::StoreError;
use crate::telemetry::LogError;
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

/// How long the program waits for a standard output or error that takes nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// Signs people in through AIHubMix and keeps their tokens on the server.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Run the app (this is what happens without a command); with no credentials configured, the sandbox runs beside it
    Serve,
    /// Run only the sandbox provider, to develop another app against
    #[cfg(feature = "sandbox")]
    Sandbox(sandbox::Options),
    /// Register this app at AIHubMix and write its credentials to .env (the developer token comes from `AIHUBMIX_DEVELOPER_TOKEN` or standard input)
    Register(register::Options),
    /// Print a new key for `SESSION_KEYS`
    Keygen,
    /// Print the effective configuration, secrets masked
    Config,
    /// List or end sessions, beside the running program
    #[command(subcommand)]
    Sessions(sessions::Action),
}

/// Why a command did not do what it was asked for.
enum Trouble {
    /// Arguments that mean nothing; clap explains them.
    Arguments(clap::Error),
    /// Standard output does not take what the command prints.
    Unprinted(io::Error),
    /// Configuration, arguments, an address that is taken: nothing was started.
    Unusable(String),
    /// It failed while running.
    Running(String),
}

impl From<Faults> for Trouble {
    fn from(faults: Faults) -> Self {
        Self::Unusable(faults.to_string())
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Running(error.to_string())
    }
}

impl From<LogError> for Trouble {
    fn from(error: LogError) -> Self {
        Self::Unusable(format!("aihubmix-bff: {error}"))
    }
}

impl From<BuildError> for Trouble {
    fn from(error: BuildError) -> Self {
        Self::Unusable(format!("aihubmix-bff: {error}"))
    }
}

/// Runs the command that the arguments of this process name, until it is done; returns the exit code.
#[must_use]
pub fn run(app: App) -> ExitCode {
    forbid_core_dumps();
    match arguments(app.name).and_then(|arguments| run_to_end(app, arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => report(&trouble),
    }
}

fn run_to_end(app: App, arguments: Option<Arguments>) -> Result<(), Trouble> {
    let Some(arguments) = arguments else {
        return Ok(());
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Trouble::Running(error.to_string()))?;
    let outcome = runtime.block_on(run_command(app, arguments));
    // Whatever was worth waiting for has been waited for; a call to a disk that hangs must not keep the process.
    runtime.shutdown_background();
    outcome
}

/// Forbids core dumps to this process, or says why that is not possible.
fn forbid_core_dumps() {
    if let Err(error) = app::forbid_core_dumps() {
        complain(&format!(
            "aihubmix-bff: core dumps cannot be forbidden: {error}"
        ));
    }
}

/// Reads the arguments of this process. Help and version are printed here, and nothing is left to run then.
///
/// # Errors
/// [`Trouble`], told but not yet printed.
fn arguments(name: &'static str) -> Result<Option<Arguments>, Trouble> {
    let matches = Arguments::command().name(name).try_get_matches();
    match matches.and_then(|matches| Arguments::from_arg_matches(&matches)) {
        Ok(arguments) => Ok(Some(arguments)),
        Err(error) if error.use_stderr() => Err(Trouble::Arguments(error)),
        // Not by clap, which ignores that printing fails.
        Err(help) => say(help.render().to_string().trim_end()).map(|()| None),
    }
}

/// Runs the command of these arguments.
///
/// # Errors
/// [`Trouble`], told but not yet printed.
async fn run_command(app: App, arguments: Arguments) -> Result<(), Trouble> {
    match arguments.command {
        None | Some(Command::Serve) => serve::run(app, &configuration()?).await,
        #[cfg(feature = "sandbox")]
        Some(Command::Sandbox(options)) => sandbox::run(&configuration()?, options).await,
        Some(Command::Register(options)) => register::run(options).await,
        Some(Command::Keygen) => keygen::run(),
        Some(Command::Config) => show_config::run(&configuration()?),
        Some(Command::Sessions(action)) => sessions::run(&configuration()?, action).await,
    }
}

/// Prints what went wrong and chooses the exit code.
fn report(trouble: &Trouble) -> ExitCode {
    let (text, code) = match trouble {
        Trouble::Arguments(error) => {
            // Where the standard error takes nothing, the exit code alone tells.
            drop(error.print());
            return ExitCode::from(2);
        }
        Trouble::Unprinted(error) => (
            format!("aihubmix-bff: standard output cannot be written: {error}"),
            1,
        ),
        Trouble::Unusable(text) => (text.clone(), 2),
        Trouble::Running(text) => (format!("aihubmix-bff: {text}"), 1),
    };
    complain(&text);
    ExitCode::from(code)
}

/// The configuration of this process; warnings are printed.
fn configuration() -> Result<Config, Trouble> {
    let loaded = Config::load(&Sources::from_process())?;
    for warning in &loaded.warnings {
        complain(&format!("aihubmix-bff: {warning}"));
    }
    Ok(loaded.config)
}

/// Prints a line on the standard output. A reader that has read enough (`| head`) has closed the pipe, and nothing failed.
///
/// # Errors
/// [`Trouble::Unprinted`], when not all of it was taken.
fn say(text: &str) -> Result<(), Trouble> {
    // As a file, because `Stdout` reports success where its descriptor cannot be written.
    let stdout = io::stdout().as_fd().try_clone_to_owned().map(File::from);
    match stdout.and_then(|mut stdout| stdout.write_all(format!("{text}\n").as_bytes())) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Trouble::Unprinted(error)),
        _ => Ok(()),
    }
}

/// Prints a line on the standard error.
fn complain(text: &str) {
    let text = text.to_owned();
    // It may be full, or have no reader; then there is no other place to say so.
    for_a_second(move || drop(writeln!(io::stderr(), "{text}")));
}

/// Prints on a thread of its own, so that an output that is not read keeps the program neither from serving nor from ending.
fn for_a_second(print: impl FnOnce() + Send + 'static) {
    let (printed, wait) = mpsc::channel::<()>();
    let thread = std::thread::Builder::new().spawn(move || {
        print();
        drop(printed);
    });
    if thread.is_ok() {
        let _ = wait.recv_timeout(PATIENCE);
    }
}
