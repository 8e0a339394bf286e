//! The log: one subscriber, to standard error, as text for people or JSON for machines; the metrics that are counted from it; and the audit log,
//! which is the security events alone.
//!
//! What may be logged is decided where it is logged: secrets have types that show nothing, and libraries that would print what they carry are held
//! back here. Called once by a command.

mod audit;
mod metrics;

use std::io::IsTerminal as _;

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

/// The audit log cannot be written to the place that the configuration names.
#[derive(Debug, thiserror::Error)]
#[error("log.audit: {to} cannot be written: {source}; make its folder, or name another place")]
pub struct NoAuditLog {
    to: AuditTo,
    source: std::io::Error,
}

/// Starts the log. A second call in one process changes nothing.
///
/// # Errors
/// [`NoAuditLog`], with nothing started.
pub fn start(log: &Log) -> Result<(), NoAuditLog> {
    let audit_lines = audit_lines(log)?;
    let as_text = match log.format {
        LogFormat::Text => true,
        LogFormat::Json => false,
        LogFormat::Auto => std::io::stderr().is_terminal(),
    };
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_timer(UtcTime::rfc_3339());
    let lines = if as_text {
        lines.boxed()
    } else {
        let json = lines.json().flatten_event(true).with_span_list(false);
        json.boxed()
    };
    let shown = EnvFilter::new(&log.filter).and(filter_fn(is_safe));
    // Somebody else's subscriber (a test's) may be there already, and then it stays.
    drop(
        tracing_subscriber::registry()
            .with(lines.with_filter(shown))
            .with(CountEvents.with_filter(filter_fn(is_counted)))
            .with(audit_lines.map(|lines| lines.with_filter(filter_fn(is_audited))))
            .try_init(),
    );
    report_panics();
    Ok(())
}

/// Starts the audit log alone, for a command that works beside the program and has no log.
///
/// # Errors
/// [`NoAuditLog`], with nothing started.
pub fn start_audit_log(log: &Log) -> Result<(), NoAuditLog> {
    if let Some(lines) = audit_lines(log)? {
        let subscriber = tracing_subscriber::registry();
        drop(
            subscriber
                .with(lines.with_filter(filter_fn(is_audited)))
                .try_init(),
        );
    }
    Ok(())
}

fn audit_lines(log: &Log) -> Result<Option<AuditLines>, NoAuditLog> {
    AuditLines::open(&log.audit).map_err(|source| NoAuditLog {
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
