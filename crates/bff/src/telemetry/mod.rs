//! The log: one subscriber that writes text or JSON to standard error, the metrics counted from its events, the audit log, which contains only the
//! security events, and the export of traces.
//!
//! Each call site decides what it logs, and the types of secrets print nothing. This module disables the detailed events of libraries that would
//! print headers or bodies. Called once by a command.

mod audit;
mod fields;
mod json_lines;
mod line;
mod metrics;
mod output;
#[cfg_attr(not(feature = "otel"), path = "traces/off.rs")]
mod traces;

use std::fs::File;
use std::io::{self, IsTerminal as _};
use std::os::fd::AsFd as _;

use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{FilterExt as _, FilterFn, LevelFilter, filter_fn};
use tracing_subscriber::fmt::time::UtcTime;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

pub use metrics::metrics_text;
pub use traces::{flush as flush_traces, sampler};

use crate::audit::TARGET;
use crate::config::{AuditTo, Log, LogFormat};
use crate::domain::calls::METRICS;
use crate::domain::trace::SPANS;
use audit::{AuditLines, is_audited};
use fields::CollectSpans;
use json_lines::JsonLines;
use metrics::CountEvents;
use output::{Carries, Output, Writer, log_dropped};
use traces::TraceFault;

/// The name prefix of the engine's crates. Their events are counted.
const ENGINE: &str = "bff";
/// Libraries that process tokens and cookies. Their events below `info` are never logged, because those may contain headers and bodies.
const CARRIERS: [&str; 9] = [
    "actix_http",
    "actix_web",
    "h2",
    "hyper",
    "hyper_util",
    "postgres_protocol",
    "reqwest",
    "rustls",
    "tokio_postgres",
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
    /// A variable of OpenTelemetry is invalid.
    #[error("{0}")]
    Traces(#[from] TraceFault),
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
    traces::start()?;
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
    // An error is ignored: a test may have installed its own subscriber already, and then that one stays.
    drop(subscriber(&log.filter, as_text, output, audit).try_init());
    report_panics();
    traces::warn();
    Ok(guard)
}

fn subscriber(
    filter: &str,
    as_text: bool,
    output: Output,
    audit: Option<Output>,
) -> impl Subscriber + Send + Sync {
    let lines = if as_text {
        tracing_subscriber::fmt::layer()
            .with_writer(move || output.clone())
            .with_timer(UtcTime::rfc_3339())
            .boxed()
    } else {
        JsonLines::new(output).boxed()
    };
    let safe = filter_fn(is_shown).with_max_level_hint(LevelFilter::TRACE);
    let shown = safe.and(EnvFilter::new(filter));
    // Behind one filter, because each filter looks up the span of a request whenever the request continues.
    let ours = CollectSpans
        .and_then(CountEvents)
        .and_then(audit.map(AuditLines::new));
    tracing_subscriber::registry()
        .with(lines.with_filter(shown))
        .with(ours.with_filter(up_to_info(|metadata| {
            is_of_request(metadata) || is_counted(metadata)
        })))
        .with(traces::layer().map(|layer| layer.with_filter(up_to_info(is_exported))))
}

/// Starts only the audit log, for a command that works while the program is running and has no log.
///
/// # Errors
/// [`LogError`]. Nothing is started then.
pub fn start_audit_log(log: &Log) -> Result<LogGuard, LogError> {
    let audit = audit_output(log, Writer::Caller)?;
    if let Some(audit) = audit.clone() {
        let lines = AuditLines::new(audit).with_filter(up_to_info(is_audited));
        let spans = CollectSpans.with_filter(up_to_info(is_of_request));
        let spans = tracing_subscriber::registry().with(spans);
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

/// Makes a filter that lets through what `is_wanted` accepts, of `info` and above. Each filter names its most detailed level, because otherwise the
/// `debug` and `trace` events of every library would be filtered one by one, a few percent of the time of a request.
fn up_to_info(is_wanted: fn(&Metadata<'_>) -> bool) -> FilterFn<fn(&Metadata<'_>) -> bool> {
    FilterFn::new(is_wanted).with_max_level_hint(LevelFilter::INFO)
}

/// Returns true for the spans that identify the request.
fn is_of_request(metadata: &Metadata<'_>) -> bool {
    metadata.is_span() && metadata.target().starts_with(ENGINE)
}

fn is_counted(metadata: &Metadata<'_>) -> bool {
    metadata.is_event()
        && *metadata.level() <= Level::INFO
        && (metadata.target().starts_with(ENGINE) || [TARGET, METRICS].contains(&metadata.target()))
}

fn is_exported(metadata: &Metadata<'_>) -> bool {
    metadata.is_span() && metadata.target() == SPANS
}

/// Returns false for what is only counted or exported, and for events of libraries that may contain headers and bodies.
fn is_shown(metadata: &Metadata<'_>) -> bool {
    let library = metadata.target().split("::").next().unwrap_or_default();
    ![METRICS, SPANS].contains(&library)
        && (*metadata.level() <= Level::INFO || !CARRIERS.contains(&library))
}

/// Installs a panic hook that logs the location of a panic. The message is left out because it may contain secrets.
fn report_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(event = "panic", place, "the program panicked");
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_below_the_filter_are_refused_before_any_layer_sees_them() {
        let output = |carries| {
            let file = tempfile::tempfile().unwrap();
            Output::start(carries, file, Writer::Thread).unwrap()
        };
        for (filter, most_detailed) in [
            ("info", LevelFilter::INFO),
            ("warn", LevelFilter::INFO),
            ("info,bff=debug", LevelFilter::DEBUG),
            ("trace", LevelFilter::TRACE),
        ] {
            for as_text in [true, false] {
                for audit in [None, Some(output(Carries::Audit))] {
                    let subscriber = subscriber(filter, as_text, output(Carries::Log), audit);
                    assert_eq!(subscriber.max_level_hint(), Some(most_detailed), "{filter}");
                }
            }
        }
    }
}
