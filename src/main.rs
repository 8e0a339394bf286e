//! The command line: `serve` and its companions. Reads arguments and configuration, calls one command, turns its outcome into an exit code.
//!
//! Exit codes: 0 done or stopped by a signal, 1 failed while running, 2 configuration, arguments or an address that is taken.

mod commands;

use std::process::ExitCode;

use crate::commands::{Arguments, Trouble};

fn main() -> ExitCode {
    commands::forbid_core_dumps();
    match commands::arguments().and_then(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(trouble) => commands::report(&trouble),
    }
}

fn run(arguments: Option<Arguments>) -> Result<(), Trouble> {
    let Some(arguments) = arguments else {
        return Ok(());
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Trouble::Running(error.to_string()))?;
    let outcome = runtime.block_on(commands::run(arguments));
    // Whatever was worth waiting for has been waited for; a call to a disk that hangs must not keep the process.
    runtime.shutdown_background();
    outcome
}
