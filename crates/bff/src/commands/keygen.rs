//! `keygen`: prints a new sealing key to standard output and stores it nowhere.

use crate::config::KeyBytes;
use crate::domain::{Entropy as _, SystemEntropy};

use super::{Trouble, say};

/// Prints one key in the format of `SESSION_KEYS`.
pub fn run() -> Result<(), Trouble> {
    let key = KeyBytes::generate(|bytes| SystemEntropy.fill(bytes));
    say(&key.to_base64())
}
