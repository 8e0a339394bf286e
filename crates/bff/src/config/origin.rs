//! The source of a value. Faults and the `config` command print it. It never holds the value.

use std::fmt;
use std::path::PathBuf;

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
