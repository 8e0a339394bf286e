//! Settings of the log and the audit log.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Deserializer, Serialize};
use tracing_subscriber::EnvFilter;

use super::fault::Wrong;
use super::field::{Setting, parsed, text};
use super::reader::{Checked, Reader};

/// `[log]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Log {
    /// Filter directives in the syntax of `RUST_LOG`. They are valid.
    #[serde(deserialize_with = "filter")]
    pub filter: String,
    /// The format of a line.
    #[serde(with = "text")]
    pub format: LogFormat,
    /// Where security events are written in addition to the log.
    #[serde(with = "text")]
    pub audit: AuditTo,
}

/// The destination of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuditTo {
    /// No audit log: security events are in the log only.
    Nowhere,
    /// Standard output.
    Stdout,
    /// This file; lines are appended.
    File(PathBuf),
}

impl fmt::Display for AuditTo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nowhere => f.write_str("none"),
            Self::Stdout => f.write_str("stdout"),
            Self::File(path) => write!(f, "file:{}", path.display()),
        }
    }
}

/// The format of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Text when standard error is a terminal, otherwise JSON.
    Auto,
    /// Text.
    Text,
    /// One JSON object per line.
    Json,
}

impl fmt::Display for LogFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::Text => "text",
            Self::Json => "json",
        })
    }
}

impl Log {
    pub(super) fn read(reader: &mut Reader) -> Checked<Self> {
        let mut log: Self = reader.section("log")?;
        if let AuditTo::File(path) = &mut log.audit {
            *path = reader.path(&path);
        }
        Ok(log)
    }
}

fn filter<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    parsed(from, |text| {
        EnvFilter::builder()
            .parse(text)
            .map(|_| text.to_owned())
            .map_err(|_| {
                Wrong::new(
                    "is not a log filter",
                    "write info, debug or info,hyper=warn",
                )
            })
    })
}

impl Setting for AuditTo {
    fn parse(text: &str) -> Result<Self, Wrong> {
        match text {
            "none" => Ok(Self::Nowhere),
            "stdout" => Ok(Self::Stdout),
            _ => text
                .strip_prefix("file:")
                .filter(|path| !path.is_empty() && !path.contains(char::is_control))
                .map(|path| Self::File(path.into()))
                .ok_or_else(|| {
                    Wrong::new(
                        "is not a destination of the audit log",
                        "write none, stdout or file:PATH",
                    )
                }),
        }
    }
}

impl Setting for LogFormat {
    fn parse(text: &str) -> Result<Self, Wrong> {
        match text {
            "auto" => Ok(Self::Auto),
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(Wrong::new("is no log format", "write auto, text or json")),
        }
    }
}
