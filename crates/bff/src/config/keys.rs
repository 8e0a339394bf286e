//! The keys that seal sessions, as they are written in the configuration. A key is never printed.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use zeroize::Zeroizing;

use super::fault::{Wrong, ensure};
use super::field::Setting;

/// Length of a sealing key, in bytes.
const KEY_LENGTH: usize = 32;

/// The bytes of one sealing key; wiped from memory when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyBytes(Zeroizing<[u8; KEY_LENGTH]>);

impl KeyBytes {
    /// Generates a key. `fill` fills the buffer with cryptographically secure random bytes.
    pub fn generate(fill: impl Fn(&mut [u8])) -> Self {
        let mut bytes = Zeroizing::new([0; KEY_LENGTH]);
        fill(bytes.as_mut());
        Self(bytes)
    }

    /// Returns the raw key. Only the key ring uses it.
    #[must_use]
    pub fn into_bytes(self) -> Zeroizing<[u8; KEY_LENGTH]> {
        self.0
    }

    /// Returns the key in base64, as it is written in `session.keys`.
    #[must_use]
    pub fn to_base64(&self) -> Zeroizing<String> {
        Zeroizing::new(STANDARD.encode(self.0.as_slice()))
    }
}

impl fmt::Debug for KeyBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyBytes(***)")
    }
}

/// The source of the sealing keys.
#[derive(Debug, Clone)]
pub enum SealingKeys {
    /// The keys of the configuration, newest first, at least one.
    Given(Vec<KeyBytes>),
    /// Development without configured keys: `app` generates the key into this file.
    Generated {
        /// `data/session.key` in the folder the program runs in.
        path: PathBuf,
    },
}

/// Parses one key: base64 (either alphabet, padded or not) of 32 random bytes.
impl FromStr for KeyBytes {
    type Err = Wrong;

    fn from_str(text: &str) -> Result<Self, Wrong> {
        let engines = [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD];
        let decoded = engines.iter().find_map(|engine| engine.decode(text).ok());
        let bytes = decoded.ok_or("is not base64; make one with the command keygen")?;
        let bytes = Zeroizing::new(bytes);
        ensure(
            bytes.len() == KEY_LENGTH,
            "is not base64 of exactly 32 bytes; make one with the command keygen",
        )?;
        let mut key = Zeroizing::new([0; KEY_LENGTH]);
        key.copy_from_slice(&bytes);
        ensure(
            !is_guessable(&key),
            "is not random: it can be guessed; make one with the command keygen",
        )?;
        Ok(Self(key))
    }
}

impl Setting for KeyBytes {
    fn parse(text: &str) -> Result<Self, Wrong> {
        text.parse()
    }
}

/// Returns true for one repeated byte, a sequence with a constant step, or printable text, because examples and passphrases have these forms.
/// A random key has one of them with a probability of 1 in 2⁴⁵.
fn is_guessable(key: &[u8; KEY_LENGTH]) -> bool {
    let step = key[1].wrapping_sub(key[0]);
    let counts = key
        .windows(2)
        .all(|pair| pair[1].wrapping_sub(pair[0]) == step);
    let is_text = key.iter().all(|byte| (b' '..=b'~').contains(byte));
    counts || is_text
}
