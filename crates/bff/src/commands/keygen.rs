//! `keygen`: prints a new sealing key to standard output and stores it nowhere.

use crate::config::KeyBytes;
use crate::domain::{Entropy as _, SystemEntropy};

use super::error::CliError;
use super::output::print;

/// Prints one key in the format of `SESSION_KEYS`.
pub fn run() -> Result<(), CliError> {
    let key = KeyBytes::generate(|bytes| SystemEntropy.fill(bytes));
    print(&key.to_base64())
}
