//! A secret in a section of an app.

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Deserializer};

use super::message::pass;

/// The error of a value that is no text. The reader recognizes a [`Secret`] by it.
pub(super) const NOT_A_SECRET: &str = "is not the text of a secret; write it in quotes";

/// A secret in the settings of an app, such as a password. It is wiped from memory when it is dropped. Neither `Debug` nor the `config` command
/// shows it.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Wraps a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// Returns the text. Never use it in a log, a page or an error.
    #[must_use]
    pub fn reveal(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match Option::<String>::deserialize(from) {
            Ok(text) => Ok(Self::new(text.unwrap_or_default())),
            Err(_) => Err(pass(NOT_A_SECRET)),
        }
    }
}

/// Returns true when the name of a key says that the value is a secret.
pub(super) fn is_name_of_secret(name: &str) -> bool {
    let name = name.strip_suffix('s').unwrap_or(name);
    let endings = ["secret", "token", "password", "key"];
    endings.iter().any(|ending| name.ends_with(ending))
}
