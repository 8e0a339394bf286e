//! Settings of the log and the audit log.

use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Deserializer, Serialize};
use tracing_subscriber::EnvFilter;

use super::fault::Wrong;
use super::field::{self, Setting, checked, parsed};
use super::reader::Reader;

/// `[log]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Log {
    /// Filter directives in the syntax of `RUST_LOG`. They are valid.
    #[serde(deserialize_with = "filter")]
    pub filter: String,
    /// The format of a line.
    pub format: LogFormat,
    /// Where security events are written in addition to the log.
    #[serde(with = "field")]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Text when standard error is a terminal, otherwise JSON.
    Auto,
    /// Text.
    Text,
    /// One JSON object per line.
    Json,
}

impl Log {
    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        let mut log: Self = reader.section("log")?;
        if let AuditTo::File(path) = &mut log.audit {
            *path = reader.path(&path);
        }
        Some(log)
    }
}

fn filter<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    const WRONG: &str = "is not a log filter; write info, debug or info,hyper=warn";
    parsed(from, |text| {
        checked(text, EnvFilter::builder().parse(text).is_ok(), WRONG)
    })
}

impl Setting for AuditTo {
    fn parse(text: &str) -> Result<Self, Wrong> {
        let is_good = |path: &&str| !path.is_empty() && !path.contains(char::is_control);
        let wrong = "is not a destination of the audit log; write none, stdout or file:PATH";
        match (text, text.strip_prefix("file:").filter(is_good)) {
            ("none", _) => Ok(Self::Nowhere),
            ("stdout", _) => Ok(Self::Stdout),
            (_, path) => Ok(Self::File(path.ok_or(wrong)?.into())),
        }
    }
}
