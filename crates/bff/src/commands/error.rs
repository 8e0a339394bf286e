//! [`CliError`]: why a command failed.

use std::io;

use crate::app::BuildError;
use crate::config::Faults;
use crate::store::StoreError;
use crate::telemetry::LogError;

/// Why a command failed.
pub enum CliError {
    /// Invalid arguments. The text comes from clap.
    Arguments(clap::Error),
    /// The output of the command cannot be written to standard output.
    Output(io::Error),
    /// Bad configuration, bad arguments or an address in use. Nothing was started.
    Usage(String),
    /// The command failed while running.
    Running(String),
}

impl From<Faults> for CliError {
    fn from(faults: Faults) -> Self {
        Self::Usage(faults.to_string())
    }
}

impl From<StoreError> for CliError {
    fn from(error: StoreError) -> Self {
        Self::Running(error.to_string())
    }
}

impl From<LogError> for CliError {
    fn from(error: LogError) -> Self {
        Self::Usage(error.to_string())
    }
}

impl From<BuildError> for CliError {
    fn from(error: BuildError) -> Self {
        Self::Usage(error.to_string())
    }
}
