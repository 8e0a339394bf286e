//! What is logged and how it looks.

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
    /// Directives as `RUST_LOG` knows them; they parse.
    pub filter: String,
    /// The look of a line.
    #[serde(serialize_with = "show::text")]
    pub format: LogFormat,
    /// Where security events go besides.
    #[serde(serialize_with = "show::text")]
    pub audit: AuditTo,
}

/// Where the audit log goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuditTo {
    /// Nowhere: security events are events of the log and no more.
    Nowhere,
    /// Standard output.
    Stdout,
    /// The end of this file.
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

/// The look of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Text on a terminal, JSON elsewhere.
    Auto,
    /// For people.
    Text,
    /// One JSON object a line.
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
