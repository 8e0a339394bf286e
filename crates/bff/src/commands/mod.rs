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

use std::io::Write as _;
use std::process::ExitCode;

use crate::app::BuildError;
use crate::config::{Config, Faults, Sources};
use crate::store::StoreError;
use crate::telemetry::NoAuditLog;
use clap::{Parser, Subcommand};

/// Signs people in through AIHubMix and keeps their tokens on the server.
#[derive(Parser)]
#[command(name = "aihubmix-bff", version, about)]
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

impl From<NoAuditLog> for Trouble {
    fn from(error: NoAuditLog) -> Self {
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
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return report(&Trouble::Running(error.to_string())),
    };
    let outcome = runtime.block_on(run(arguments));
    // Whatever was worth waiting for has been waited for; a call to a disk that hangs must not keep the process.
    runtime.shutdown_background();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => report(&trouble),
    }
}

/// Runs the command of these arguments.
///
/// # Errors
/// [`Trouble`], told but not yet printed.
async fn run(arguments: Arguments) -> Result<(), Trouble> {
    match arguments.command {
        None | Some(Command::Serve) => serve::run(&configuration()?).await,
        #[cfg(feature = "sandbox")]
        Some(Command::Sandbox(options)) => sandbox::run(&configuration()?, options).await,
        Some(Command::Register(options)) => register::run(options).await,
        Some(Command::Keygen) => {
            keygen::run();
            Ok(())
        }
        Some(Command::Config) => {
            show_config::run(&configuration()?);
            Ok(())
        }
        Some(Command::Sessions(action)) => sessions::run(&configuration()?, action).await,
    }
}

/// Prints what went wrong and chooses the exit code.
fn report(trouble: &Trouble) -> ExitCode {
    let (text, code) = match trouble {
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

/// Tells the person at the terminal. Whoever has read enough (`| head`) and gone makes nothing fail.
fn say(text: &str) {
    drop(writeln!(std::io::stdout(), "{text}"));
}

/// The same on the standard error.
fn complain(text: &str) {
    drop(writeln!(std::io::stderr(), "{text}"));
}
