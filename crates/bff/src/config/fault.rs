//! Errors and warnings about the configuration, and the source of a value.
//!
//! A fault names the key, the error, the remedy, and the source of the value. It never
//! holds the value, so that it cannot contain a secret. Every file of this module reports with these types.

use std::borrow::Cow;
use std::fmt;
use std::path::PathBuf;

/// What is wrong with one value, and what to write instead: `problem; remedy`. It does not hold the value. The problem completes the sentence
/// "this key …". The remedy is an instruction in the imperative.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Wrong(Cow<'static, str>);

impl Wrong {
    /// Returns the same error, about one entry of a list. Entries are numbered from 1.
    pub(super) fn in_entry(&self, number: usize) -> Self {
        format!("entry {number} {self}").into()
    }

    /// Returns the same error, about one field of a table in a list of tables. Tables are numbered from 1.
    pub(super) fn in_field(&self, number: usize, field: &str) -> Self {
        format!("table {number}: {} {self}", one_line(field)).into()
    }
}

impl<T: Into<Cow<'static, str>>> From<T> for Wrong {
    fn from(text: T) -> Self {
        Self(text.into())
    }
}

/// Returns the error when a rule is not met.
pub(super) fn ensure(is_met: bool, wrong: &'static str) -> Result<(), Wrong> {
    if is_met { Ok(()) } else { Err(wrong.into()) }
}

/// The source of a value. `Display` names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The built-in default: the engine's, or the app's for a key of the app.
    Default,
    /// The app's built-in `config/default.toml`, which changes a default of the engine.
    App,
    /// The built-in `config/production.toml`.
    BuiltInProduction,
    /// A file on disk.
    File(PathBuf),
    /// An environment variable.
    Variable(String),
    /// A variable in `.env`.
    DotEnv(String),
    /// A file named by a variable that ends in `_FILE`.
    NamedFile {
        /// The variable, with its location when that is not the environment.
        variable: String,
        /// The file.
        path: PathBuf,
    },
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("the default"),
            Self::App => f.write_str("the app's built-in config/default.toml"),
            Self::BuiltInProduction => f.write_str("the built-in config/production.toml"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Variable(name) => f.write_str(name),
            Self::DotEnv(name) => write!(f, "{name} in .env"),
            Self::NamedFile { variable, path } => write!(f, "{variable}: {}", path.display()),
        }
    }
}

/// One error that keeps the program from starting. `Display` prints one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub(super) key: String,
    pub(super) wrong: Wrong,
    pub(super) origin: Origin,
}

impl Fault {
    /// Returns the key with the error (`session.idle_ttl`). When there is no such key, returns the name of the file or variable.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", one_line(&self.key), self.wrong)?;
        match &self.origin {
            Origin::Default => Ok(()),
            given if given.to_string() == self.key => Ok(()),
            given => write!(f, " (from {})", one_line(&given.to_string())),
        }
    }
}

/// All faults, in the order of the layers and then of the keys. Never empty.
///
/// `Display` prints one line for each fault: `<key>: <what is wrong>; <what to do> (from <source>)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults(pub(super) Vec<Fault>);

impl Faults {
    /// Iterates over the faults.
    pub fn iter(&self) -> impl Iterator<Item = &Fault> {
        self.0.iter()
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.iter().map(ToString::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for Faults {}

/// A valid setting that the operator should know about: the key, and what is to be known. `Display` prints one line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}: {1}")]
pub struct Warning(pub(super) String, pub(super) Cow<'static, str>);

/// Replaces control characters and shortens the name. Names come from files and from the environment, so they may contain line
/// breaks or terminal sequences.
pub(super) fn one_line(name: &str) -> String {
    const LONGEST: usize = 200;
    let plain = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    let mut shown: String = name.chars().take(LONGEST).map(plain).collect();
    if name.chars().count() > LONGEST {
        shown.push('…');
    }
    shown
}
