//! Lays the sources over one another and remembers where each value came from.
//!
//! Embedded defaults, files on disk, `.env` (development only), environment; the later wins. It knows
//! names, not meanings: every key that is not known is a fault here, every bad value is one in the
//! section that reads it. Called once by [`super::Config::load`].

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::dotenv;
use super::fault::{Fault, Wrong};
use super::known::{
    DEFAULT_TOML, FILE_SUFFIX, Known, PREFIX, PRODUCTION_TOML, PROFILE_VARIABLE, PROXY,
};
use super::profile::Profile;
use super::sources::Sources;

/// Where a value came from. `Display` never shows the value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The embedded `config/default.toml`.
    Default,
    /// The embedded `config/production.toml`.
    EmbeddedProduction,
    /// A file on disk.
    File(PathBuf),
    /// An environment variable.
    Variable(String),
    /// A line of `.env`.
    DotEnv(String),
    /// The file that a variable ending in `_FILE` names.
    NamedFile {
        /// The variable.
        variable: String,
        /// The file.
        path: PathBuf,
    },
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("the default"),
            Self::EmbeddedProduction => f.write_str("the built-in config/production.toml"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Variable(name) => f.write_str(name),
            Self::DotEnv(name) => write!(f, "{name} in .env"),
            Self::NamedFile { variable, path } => write!(f, "{variable}: {}", path.display()),
        }
    }
}

/// A value before anybody has looked at its meaning. It may be a secret, so it has no `Debug`.
#[derive(Clone, PartialEq)]
pub(super) enum Raw {
    /// From a file, with TOML's types.
    Toml(Value),
    /// From a variable: text only.
    Text(String),
    /// Its fault is written down already; nobody is to judge it again.
    Refused,
}

/// One value and its source.
#[derive(Clone)]
pub(super) struct Given {
    pub(super) raw: Raw,
    pub(super) origin: Origin,
}

/// Every key with the value of its highest layer, and what went wrong on the way.
pub(super) struct Layers {
    pub(super) values: BTreeMap<String, Given>,
    pub(super) faults: Vec<Fault>,
    known: Known,
    directory: PathBuf,
}

/// Files that hold one value or one layer are small; a device or a log is neither.
const LONGEST_FILE: u64 = 1024 * 1024;

impl Layers {
    /// Reads and lays all sources.
    pub(super) fn collect(sources: &Sources, profile: &Profile) -> Self {
        let defaults: Result<Table, _> = DEFAULT_TOML.parse();
        let known = Known::from_defaults(&defaults.clone().unwrap_or_default());
        let mut layers = Self {
            values: BTreeMap::new(),
            faults: Vec::new(),
            known,
            directory: sources.directory.clone(),
        };
        layers.lay_table(&Origin::Default, DEFAULT_TOML);
        layers.lay_disk_file("default", None);
        let embedded = profile
            .is_production()
            .then_some((Origin::EmbeddedProduction, PRODUCTION_TOML));
        layers.lay_disk_file(profile.name(), embedded);
        if profile.is_development() {
            layers.lay_dot_env(&sources.environment);
        }
        layers.lay_variables(&sources.environment, Origin::Variable);
        layers.refuse_not_utf8(&sources.not_utf8);
        layers
    }

    fn fault(&mut self, key: impl Into<String>, origin: Origin, wrong: Wrong) {
        self.faults.push(Fault::new(key, origin, wrong));
    }

    fn refuse(&mut self, key: &str, origin: Origin, wrong: Wrong) {
        self.lay(key, Raw::Refused, origin.clone());
        self.fault(key, origin, wrong);
    }

    fn lay_disk_file(&mut self, name: &str, otherwise: Option<(Origin, &str)>) {
        let path = self.directory.join("config").join(format!("{name}.toml"));
        match read(&path) {
            Ok(text) => self.lay_table(&Origin::File(path), &text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                if let Some((origin, text)) = otherwise {
                    self.lay_table(&origin, text);
                }
            }
            Err(error) => self.fault(
                path.display().to_string(),
                Origin::File(path),
                unreadable(&error),
            ),
        }
    }

    fn lay_table(&mut self, origin: &Origin, text: &str) {
        let table: Table = match text.parse() {
            Ok(table) => table,
            Err(error) => {
                let wrong = not_toml(text, &error);
                return self.fault(origin.to_string(), origin.clone(), wrong);
            }
        };
        for (section, value) in &table {
            if self.known.has(section) {
                self.lay(section, Raw::Toml(value.clone()), origin.clone());
            } else if !self.known.has_section(section) {
                self.unknown_key(section, origin);
            } else if let Some(inner) = value.as_table() {
                for (name, value) in inner {
                    let key = format!("{section}.{name}");
                    if self.known.has(&key) {
                        self.lay(&key, Raw::Toml(value.clone()), origin.clone());
                    } else {
                        self.unknown_key(&key, origin);
                    }
                }
            } else {
                let wrong = Wrong::new("is a section, not a value", format!("write [{section}]"));
                self.fault(section.clone(), origin.clone(), wrong);
            }
        }
    }

    /// A layer that repeats the one below it is not the source of the value.
    fn lay(&mut self, key: &str, raw: Raw, origin: Origin) {
        if self.values.get(key).is_none_or(|below| below.raw != raw) {
            self.values.insert(key.to_owned(), Given { raw, origin });
        }
    }

    fn unknown_key(&mut self, key: &str, origin: &Origin) {
        let remedy = match self.known.nearest(key) {
            Some(near) => format!("did you mean {near}?"),
            None => "remove it; docs/config.md lists every key".to_owned(),
        };
        self.fault(
            key,
            origin.clone(),
            Wrong::new("is no key of this program", remedy),
        );
    }

    fn lay_dot_env(&mut self, environment: &BTreeMap<String, String>) {
        let path = self.directory.join(".env");
        let text = match read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return,
            Err(error) => return self.fault(".env", Origin::File(path), unreadable(&error)),
        };
        let (mut variables, bad_lines) = dotenv::parse(&text);
        for line in bad_lines {
            let wrong = Wrong::new(
                format!("cannot be read at line {line}"),
                "write NAME=value, with quotes around a value that has spaces or #",
            );
            self.fault(".env", Origin::File(path.clone()), wrong);
        }
        if variables.remove(PROFILE_VARIABLE).is_some() {
            let wrong = Wrong::new(
                "has no effect in .env, which is read in development only",
                "set it in the real environment",
            );
            self.fault(
                PROFILE_VARIABLE,
                Origin::DotEnv(PROFILE_VARIABLE.to_owned()),
                wrong,
            );
        }
        // A key that the real environment sets, under whichever of its names, is not looked at here.
        let set: Vec<&str> = environment
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .filter_map(|(name, _)| self.known.key_of(base_name(&self.known, name)))
            .collect();
        variables.retain(|name, _| {
            self.known
                .key_of(base_name(&self.known, name))
                .is_none_or(|key| !set.contains(&key))
        });
        self.lay_variables(&variables, Origin::DotEnv);
    }

    fn lay_variables(
        &mut self,
        environment: &BTreeMap<String, String>,
        origin: impl Fn(String) -> Origin,
    ) {
        let mut setters: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for (name, value) in environment {
            let Some(key) = self.known.key_of(base_name(&self.known, name)) else {
                self.refuse_unknown_variable(name, origin(name.clone()));
                continue;
            };
            // Compose files and unit files pass on variables that nobody set.
            if !value.is_empty() {
                setters.entry(key.to_owned()).or_default().push(name);
            }
        }
        for (key, names) in setters {
            match names.as_slice() {
                [name] => self.lay_variable(&key, name, &environment[*name], &origin),
                several => {
                    let wrong = Wrong::new(
                        format!("is set twice, by {}", several.join(" and ")),
                        "keep one of them",
                    );
                    self.refuse(&key, Origin::Default, wrong);
                }
            }
        }
    }

    fn lay_variable(
        &mut self,
        key: &str,
        name: &str,
        value: &str,
        origin: &impl Fn(String) -> Origin,
    ) {
        if base_name(&self.known, name) == name {
            return self.lay(key, Raw::Text(value.to_owned()), origin(name.to_owned()));
        }
        let path = self.directory.join(value);
        let origin = Origin::NamedFile {
            variable: name.to_owned(),
            path: path.clone(),
        };
        match read(&path) {
            Ok(text) if text.trim().is_empty() => {
                let wrong = Wrong::new("is read from an empty file", "write the value into it");
                self.refuse(key, origin, wrong);
            }
            Ok(text) => {
                let value = text.trim_end_matches(['\r', '\n']).to_owned();
                self.lay(key, Raw::Text(value), origin);
            }
            Err(error) => self.refuse(key, origin, unreadable(&error)),
        }
    }

    fn refuse_unknown_variable(&mut self, name: &str, origin: Origin) {
        if name == PROFILE_VARIABLE || !name.starts_with(PREFIX) {
            return;
        }
        let proxy = format!("{PREFIX}{PROXY}").to_ascii_uppercase();
        let remedy = if name.starts_with(&proxy) {
            "write [[proxy]] tables in config/<profile>.toml".to_owned()
        } else {
            match self.known.nearest_variable(base_name(&self.known, name)) {
                Some(near) => format!("did you mean {near}?"),
                None => "remove it; docs/config.md lists every variable".to_owned(),
            }
        };
        self.fault(
            name,
            origin,
            Wrong::new("names no key of this program", remedy),
        );
    }

    fn refuse_not_utf8(&mut self, names: &[String]) {
        for name in names {
            let is_ours = name.starts_with(PREFIX)
                || self.known.key_of(base_name(&self.known, name)).is_some();
            if is_ours {
                let wrong = Wrong::new("is not UTF-8", "write it in UTF-8");
                self.fault(name, Origin::Variable(name.clone()), wrong);
            }
        }
    }
}

/// The variable without its `_FILE`, when what is left names a key.
fn base_name<'a>(known: &Known, name: &'a str) -> &'a str {
    match name.strip_suffix(FILE_SUFFIX) {
        Some(base) if known.key_of(base).is_some() => base,
        _ => name,
    }
}

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    let read = std::fs::File::open(path)?
        .take(LONGEST_FILE + 1)
        .read_to_string(&mut text)?;
    if read as u64 > LONGEST_FILE {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(text)
}

fn unreadable(error: &io::Error) -> Wrong {
    let (what, remedy) = match error.kind() {
        io::ErrorKind::NotFound => (
            "is to be read from a file that is not there",
            "create the file or correct its name",
        ),
        io::ErrorKind::PermissionDenied => (
            "is in a file that may not be read",
            "let this program's user read it",
        ),
        io::ErrorKind::InvalidData => ("is in a file that is not UTF-8", "save it as UTF-8"),
        io::ErrorKind::FileTooLarge => ("is in a file of more than 1 MiB", "name the right file"),
        _ => ("is in a file that cannot be read", "name a plain file"),
    };
    Wrong::new(what, remedy)
}

/// The parser's own message could quote the line, and the line may hold a secret.
fn not_toml(text: &str, error: &toml::de::Error) -> Wrong {
    let place = error
        .span()
        .and_then(|span| text.get(..span.start))
        .map_or_else(String::new, |before| {
            let line = before.matches('\n').count() + 1;
            let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
            format!(" at line {line}, column {column}")
        });
    Wrong::new(
        format!("is not valid TOML{place}"),
        "put text in quotes and set each key once",
    )
}
