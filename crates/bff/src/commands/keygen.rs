//! `keygen`: a new sealing key, on standard output and nowhere else.

use crate::config::KeyBytes;
use crate::domain::{Entropy as _, SystemEntropy};

use super::{Trouble, say};

/// Prints one key as `SESSION_KEYS` takes it.
pub fn run() -> Result<(), Trouble> {
    let key = KeyBytes::generate(|bytes| SystemEntropy.fill(bytes));
    say(&key.to_base64())
}
