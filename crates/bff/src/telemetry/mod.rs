//! The log: one subscriber that writes text or JSON to standard error, the metrics counted from its events, and the audit log, which contains only
//! the security events.
//!
//! Each call site decides what it logs, and the types of secrets print nothing. This module disables the detailed events of libraries that would
//! print headers or bodies. Called once by a command.

mod audit;
mod fields;
mod json_lines;
mod metrics;
mod output;

use std::fs::File;
use std::io::{self, IsTerminal as _};
use std::os::fd::AsFd as _;

use tracing::{Level, Metadata};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{FilterExt as _, filter_fn};
use tracing_subscriber::fmt::time::UtcTime;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

pub use metrics::metrics_text;

use crate::audit::TARGET;
use crate::config::{AuditTo, Log, LogFormat};
use audit::{AuditLines, is_audited};
use fields::CollectSpans;
use json_lines::JsonLines;
use metrics::CountEvents;
use output::{Carries, Output, Writer, log_dropped};

/// The name prefix of the engine's crates. Their events are counted.
const ENGINE: &str = "bff";
/// Libraries that process tokens and cookies. Their events below `info` are never logged, because those may contain headers and bodies.
const CARRIERS: [&str; 7] = [
    "actix_http",
    "actix_web",
    "h2",
    "hyper",
    "hyper_util",
    "reqwest",
    "rustls",
];

/// Why the log cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The configured destination of the audit log cannot be opened or written.
    #[error("log.audit: {to} cannot be opened: {source}; create its folder, or set another path")]
    Audit {
        /// The destination.
        to: AuditTo,
        /// The system's reason.
        source: io::Error,
    },
    /// Standard error cannot be used.
    #[error("cannot start the log: {0}")]
    Log(#[from] io::Error),
}

/// Guard of the log. Dropping it waits up to one second for each output to write the queued lines.
#[must_use]
pub struct LogGuard {
    log: Option<Output>,
    audit: Option<Output>,
}

impl Drop for LogGuard {
    fn drop(&mut self) {
        let unwritten = self.audit.as_ref().map_or(0, Output::finish);
        if unwritten > 0 {
            log_dropped(Carries::Audit, unwritten);
        }
        if let Some(log) = &self.log {
            log.finish();
        }
    }
}

/// Starts the log. A second call in the same process changes nothing.
///
/// # Errors
/// [`LogError`]. Nothing is started then.
pub fn start(log: &Log) -> Result<LogGuard, LogError> {
    let audit = audit_output(log, Writer::Thread)?;
    let stderr = File::from(io::stderr().as_fd().try_clone_to_owned()?);
    let output = Output::start(Carries::Log, stderr, Writer::Thread)?;
    let as_text = match log.format {
        LogFormat::Text => true,
        LogFormat::Json => false,
        LogFormat::Auto => io::stderr().is_terminal(),
    };
    let guard = LogGuard {
        log: Some(output.clone()),
        audit: audit.clone(),
    };
    let lines = if as_text {
        tracing_subscriber::fmt::layer()
            .with_writer(move || output.clone())
            .with_timer(UtcTime::rfc_3339())
            .boxed()
    } else {
        JsonLines::new(output).boxed()
    };
    let shown = EnvFilter::new(&log.filter).and(filter_fn(is_safe));
    let audit_lines = audit.map(|audit| AuditLines::new(audit).with_filter(filter_fn(is_audited)));
    // An error is ignored: a test may have installed its own subscriber already, and then that one stays.
    drop(
        tracing_subscriber::registry()
            .with(CollectSpans)
            .with(lines.with_filter(shown))
            .with(CountEvents.with_filter(filter_fn(is_counted)))
            .with(audit_lines)
            .try_init(),
    );
    report_panics();
    Ok(guard)
}

/// Starts only the audit log, for a command that works while the program is running and has no log.
///
/// # Errors
/// [`LogError`]. Nothing is started then.
pub fn start_audit_log(log: &Log) -> Result<LogGuard, LogError> {
    let audit = audit_output(log, Writer::Caller)?;
    if let Some(audit) = audit.clone() {
        let lines = AuditLines::new(audit).with_filter(filter_fn(is_audited));
        let spans = tracing_subscriber::registry().with(CollectSpans);
        drop(spans.with(lines).try_init());
    }
    Ok(LogGuard { log: None, audit })
}

fn audit_output(log: &Log, writer: Writer) -> Result<Option<Output>, LogError> {
    let open = || {
        let file = audit::open(&log.audit)?;
        file.map(|file| Output::start(Carries::Audit, file, writer))
            .transpose()
    };
    open().map_err(|source| LogError::Audit {
        to: log.audit.clone(),
        source,
    })
}

fn is_counted(metadata: &Metadata<'_>) -> bool {
    metadata.is_event()
        && *metadata.level() <= Level::INFO
        && (metadata.target().starts_with(ENGINE) || metadata.target() == TARGET)
}

fn is_safe(metadata: &Metadata<'_>) -> bool {
    let library = metadata.target().split("::").next().unwrap_or_default();
    *metadata.level() <= Level::INFO || !CARRIERS.contains(&library)
}

/// Installs a panic hook that logs the location of a panic. The message is left out because it may contain secrets.
fn report_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(event = "panic", place, "the program panicked");
    }));
}
