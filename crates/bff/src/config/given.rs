//! A value that a source gives, before its type is known.

use toml::Value;

/// A value, as its source gives it.
#[derive(Clone, Copy)]
pub(super) enum Given<'a> {
    /// From a file.
    Toml(&'a Value),
    /// From a variable, or from a file that a variable names.
    Text(&'a str),
}
