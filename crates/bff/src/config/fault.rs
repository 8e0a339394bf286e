//! What can be wrong with the configuration, and how it is told.
//!
//! A fault names the key, says what is wrong, what to do, and where the value came from. It never
//! holds a value, so no secret can be in it. Every file of this module reports through it.

use std::borrow::Cow;
use std::fmt;

use super::origin::Origin;

/// What is wrong with one value, and what to write instead; holds no value.
///
/// `Display` says both.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}; {remedy}")]
pub struct Wrong {
    what: Cow<'static, str>,
    remedy: Cow<'static, str>,
}

impl Wrong {
    /// `what` completes "this key …", `remedy` is an order.
    pub(super) fn new(
        what: impl Into<Cow<'static, str>>,
        remedy: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            what: what.into(),
            remedy: remedy.into(),
        }
    }

    /// The same, said of one entry of a list (counted from 1).
    pub(super) fn in_entry(self, number: usize) -> Self {
        Self {
            what: format!("entry {number} {}", self.what).into(),
            ..self
        }
    }

    /// The same, said of one field of a table in a list of tables (counted from 1).
    pub(super) fn in_field(self, number: usize, field: &str) -> Self {
        Self {
            what: format!("table {number}: {} {}", one_line(field), self.what).into(),
            ..self
        }
    }
}

/// One reason why the program does not start. `Display` is one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    key: String,
    wrong: Wrong,
    origin: Origin,
}

impl Fault {
    pub(super) fn new(key: impl Into<String>, origin: Origin, wrong: Wrong) -> Self {
        Self {
            key: key.into(),
            wrong,
            origin,
        }
    }

    /// The key at fault (`session.idle_ttl`), or the name of the file or variable that names no key.
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

/// Every fault that was found, in the order of the layers and then of the keys; never empty.
///
/// `Display` prints one line a fault: `aihubmix-bff: <key>: <what is wrong>; <what to do> (from <source>)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults(pub(super) Vec<Fault>);

impl Faults {
    /// The faults one by one.
    pub fn iter(&self) -> impl Iterator<Item = &Fault> {
        self.0.iter()
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.0.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "aihubmix-bff: {fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}

/// Something lawful that an operator should know. `Display` is one line without the program's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    pub(super) key: &'static str,
    pub(super) what: &'static str,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.what)
    }
}

/// Names come from files and from the environment: no line break or terminal sequence gets through.
pub(super) fn one_line(name: &str) -> String {
    const LONGEST: usize = 200;
    let mut shown: String = name
        .chars()
        .take(LONGEST)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect();
    if name.chars().count() > LONGEST {
        shown.push('…');
    }
    shown
}
