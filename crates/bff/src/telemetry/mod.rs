//! The log: one subscriber, to standard error, as text for people or JSON for machines; the metrics that are counted from it; and the audit log,
//! which is the security events alone.
//!
//! What may be logged is decided where it is logged: secrets have types that show nothing, and libraries that would print what they carry are held
//! back here. Called once by a command.

mod audit;
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
use metrics::CountEvents;
use output::{Carries, Output, Writer, log_dropped};

/// What the names of the engine's crates begin with: their events are counted.
const ENGINE: &str = "bff";
/// Libraries through which tokens and cookies pass. Below `info` they may print headers and bodies, so there they are never heard.
const CARRIERS: [&str; 7] = [
    "actix_http",
    "actix_web",
    "h2",
    "hyper",
    "hyper_util",
    "reqwest",
    "rustls",
];

/// Why the log does not start.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The audit log cannot be written to the place that the configuration names.
    #[error("log.audit: {to} cannot be written: {source}; make its folder, or name another place")]
    Audit {
        /// The place.
        to: AuditTo,
        /// The system's reason.
        source: io::Error,
    },
    /// The standard error cannot be used.
    #[error("the log cannot be started: {0}")]
    Log(#[from] io::Error),
}

/// Keeps the log. When it is dropped, lines that are not written yet are, if their output takes them within a second.
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

/// Starts the log. A second call in one process changes nothing.
///
/// # Errors
/// [`LogError`], with nothing started.
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
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(move || output.clone())
        .with_timer(UtcTime::rfc_3339());
    let lines = if as_text {
        lines.boxed()
    } else {
        let json = lines.json().flatten_event(true).with_span_list(false);
        json.boxed()
    };
    let shown = EnvFilter::new(&log.filter).and(filter_fn(is_safe));
    let audit_lines = audit.map(|audit| AuditLines::new(audit).with_filter(filter_fn(is_audited)));
    // Somebody else's subscriber (a test's) may be there already, and then it stays.
    drop(
        tracing_subscriber::registry()
            .with(lines.with_filter(shown))
            .with(CountEvents.with_filter(filter_fn(is_counted)))
            .with(audit_lines)
            .try_init(),
    );
    report_panics();
    Ok(guard)
}

/// Starts the audit log alone, for a command that works beside the program and has no log.
///
/// # Errors
/// [`LogError`], with nothing started.
pub fn start_audit_log(log: &Log) -> Result<LogGuard, LogError> {
    let audit = audit_output(log, Writer::Caller)?;
    if let Some(audit) = audit.clone() {
        let lines = AuditLines::new(audit).with_filter(filter_fn(is_audited));
        drop(tracing_subscriber::registry().with(lines).try_init());
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

/// A panic is one log event with its place, never its message: that may hold anything.
fn report_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(event = "panic", place, "the program has a fault");
    }));
}
