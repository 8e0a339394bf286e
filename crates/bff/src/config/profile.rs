//! The profile that the program runs in. Only `development` has relaxed rules. Every other name has the rules of
//! production, so that a misspelt name never weakens them. Read before all other settings.

use std::fmt;

use super::fault::Wrong;
use super::field::checked;

/// The value of `BFF_PROFILE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile(String);

impl Profile {
    /// Returns the default profile, which `cargo run` uses.
    pub(super) fn development() -> Self {
        Self("development".to_owned())
    }

    /// Parses a profile name. It is also the name of the profile's file.
    pub(super) fn parse(text: &str) -> Result<Self, Wrong> {
        const WRONG: &str = "is no profile's name; write development, production, or another short name of a-z, 0-9 and -";
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let is_good = text.len() <= 32 && text.chars().all(plain) && text != "default";
        checked(text, is_good, WRONG).map(Self)
    }

    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }

    /// Returns true when the sandbox, generated keys and `.env` are allowed.
    #[must_use]
    pub fn is_development(&self) -> bool {
        self.0 == "development"
    }

    pub(super) fn is_production(&self) -> bool {
        self.0 == "production"
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
