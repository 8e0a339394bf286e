//! What is logged and how it looks.

use std::fmt;

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
        Ok(Self {
            filter: filter?,
            format: format?,
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

fn format(text: &str) -> Result<LogFormat, Wrong> {
    match text {
        "auto" => Ok(LogFormat::Auto),
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err(Wrong::new("is no log format", "write auto, text or json")),
    }
}
