//! Settings of the log and the audit log.

use std::fmt;
use std::path::PathBuf;

use serde::Serialize;
use tracing_subscriber::EnvFilter;

use super::fault::Wrong;
use super::reader::{Checked, Reader};
use super::show;

/// `[log]`.
#[derive(Debug, Clone, Serialize)]
pub struct Log {
    /// Filter directives in the syntax of `RUST_LOG`. They are valid.
    pub filter: String,
    /// The format of a line.
    #[serde(serialize_with = "show::text")]
    pub format: LogFormat,
    /// Where security events are written in addition to the log.
    #[serde(serialize_with = "show::text")]
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
        let filter = reader.text("log.filter", filter);
        let format = reader.text("log.format", format);
        let audit = reader.text("log.audit", audit);
        Ok(Self {
            filter: filter?,
            format: format?,
            audit: match audit? {
                AuditTo::File(path) => AuditTo::File(reader.path(path)),
                elsewhere => elsewhere,
            },
        })
    }
}

fn filter(text: &str) -> Result<String, Wrong> {
    EnvFilter::builder()
        .parse(text)
        .map(|_| text.to_owned())
        .map_err(|_| {
            Wrong::new(
                "is not a log filter",
                "write info, debug or info,hyper=warn",
            )
        })
}

fn audit(text: &str) -> Result<AuditTo, Wrong> {
    match text {
        "none" => Ok(AuditTo::Nowhere),
        "stdout" => Ok(AuditTo::Stdout),
        _ => text
            .strip_prefix("file:")
            .filter(|path| !path.is_empty() && !path.contains(char::is_control))
            .map(|path| AuditTo::File(path.into()))
            .ok_or_else(|| {
                Wrong::new(
                    "is no place for the audit log",
                    "write none, stdout or file:PATH",
                )
            }),
    }
}

fn format(text: &str) -> Result<LogFormat, Wrong> {
    match text {
        "auto" => Ok(LogFormat::Auto),
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err(Wrong::new("is no log format", "write auto, text or json")),
    }
}
