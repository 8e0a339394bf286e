//! A secret in a section of an app.

use std::fmt;

use secrecy::{ExposeSecret as _, SecretString};
use serde::de::{Deserializer, Visitor};
use serde::{Deserialize, de};

/// The name by which the deserializer of the settings recognizes a [`Secret`].
pub(super) const SECRET: &str = "bff::Secret";

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
        struct Wrap;
        impl<'de> Visitor<'de> for Wrap {
            type Value = Secret;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Secret, E> {
                Ok(Secret::new(text))
            }

            fn visit_newtype_struct<D: Deserializer<'de>>(
                self,
                from: D,
            ) -> Result<Secret, D::Error> {
                from.deserialize_str(self)
            }
        }
        from.deserialize_newtype_struct(SECRET, Wrap)
    }
}

/// Returns true when the name of a key says that the value is a secret.
pub(super) fn is_name_of_secret(name: &str) -> bool {
    let name = name.strip_suffix('s').unwrap_or(name);
    ["secret", "token", "password", "key"]
        .iter()
        .any(|ending| name.ends_with(ending))
}
