//! The metrics: every metric in one table, counted from the events of the log.
//!
//! Any log line with an `event` field can be counted. Metrics are counted only from log events, so that no other module needs counters, and a metric
//! cannot contain what a log line must not contain. Labels are codes, route patterns and known methods, never raw text. The log filter does not
//! affect the counts. Calls are measured by events that only the metrics count (`calls`). What is a state and not a fact is read with the metrics: calls
//! under way, open event streams, and the process (`process`).

mod calls;
mod process;
mod text_format;

use std::fmt::Debug;
use std::sync::LazyLock;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

use crate::audit::known_method;
use crate::domain::calls::METRICS as CALLS;
use calls::CallMetrics;
use process::ProcessMetrics;

/// Upper bounds of the latency histogram, in seconds: from a response out of memory (1 ms) to a time that no user waits for (30 s).
const BUCKETS: [f64; 11] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0,
];

type Labels = Vec<(&'static str, String)>;

/// The labels of an answer. A type of its own, because every request looks them up.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct AnswerLabels {
    method: &'static str,
    route: String,
    status: u64,
}

/// The label of a duration.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct RouteLabel {
    route: String,
}

/// The metrics of this process. One static set, because the process has one log.
static METRICS: LazyLock<Metrics> = LazyLock::new(Metrics::new);

/// Returns all metrics as OpenMetrics 1.0, or in the text format 0.0.4 of Prometheus. `event_streams` is the number of streams that are open now.
#[must_use]
pub fn metrics_text(is_open_metrics: bool, event_streams: usize) -> String {
    let open = i64::try_from(event_streams).unwrap_or(i64::MAX);
    METRICS.event_streams.set(open);
    METRICS.calls.refresh();
    let mut text = String::new();
    match encode(&mut text, &METRICS.registry) {
        Ok(()) if is_open_metrics => text,
        Ok(()) => text_format::from_open_metrics(&text),
        // Empty, because a scraper treats an empty text as a failure but would accept a truncated one as complete.
        Err(std::fmt::Error) => String::new(),
    }
}

/// Counts dropped lines. This is the only metric that is not counted from an event, because the event is itself a line, and is logged only when
/// lines can be written again.
pub(super) fn count_dropped(log: &'static str, lines: u64) {
    let labels = vec![("log", log.to_owned())];
    METRICS.lines_dropped.get_or_create(&labels).inc_by(lines);
}

struct Metrics {
    registry: Registry,
    calls: CallMetrics,
    requests: Family<AnswerLabels, Counter>,
    request_seconds: Family<RouteLabel, Histogram>,
    logins: Family<Labels, Counter>,
    refreshes: Family<Labels, Counter>,
    sessions_ended: Family<Labels, Counter>,
    csrf_rejected: Counter,
    csp_violations: Family<Labels, Counter>,
    rate_limited: Family<Labels, Counter>,
    store_failures: Counter,
    tokens_lost: Counter,
    panics: Counter,
    replica_differences: Gauge,
    lines_dropped: Family<Labels, Counter>,
    event_streams: Gauge,
}

impl Metrics {
    fn new() -> Self {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(ProcessMetrics));
        let own = registry.sub_registry_with_prefix("bff");
        let version = vec![("version", env!("CARGO_PKG_VERSION").to_owned())];
        let build_info = Family::<Labels, ConstGauge>::new_with_constructor(|| ConstGauge::new(1));
        drop(build_info.get_or_create(&version));
        own.register(
            "build_info",
            "Always 1; the label is the version of the engine",
            build_info,
        );
        let calls = CallMetrics::register(own);
        let mut metrics = Self {
            registry,
            calls,
            requests: Family::default(),
            request_seconds: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            logins: Family::default(),
            refreshes: Family::default(),
            sessions_ended: Family::default(),
            csrf_rejected: Counter::default(),
            csp_violations: Family::default(),
            rate_limited: Family::default(),
            store_failures: Counter::default(),
            tokens_lost: Counter::default(),
            panics: Counter::default(),
            replica_differences: Gauge::default(),
            lines_dropped: Family::default(),
            event_streams: Gauge::default(),
        };
        let registry = metrics.registry.sub_registry_with_prefix("bff");
        registry.register(
            "http_requests",
            "Answers, by method, route pattern and status",
            metrics.requests.clone(),
        );
        registry.register_with_unit(
            "http_request_duration",
            "Duration of responses by route pattern",
            Unit::Seconds,
            metrics.request_seconds.clone(),
        );
        registry.register(
            "logins",
            "Logins by outcome: started, finished, or the error code that the page showed",
            metrics.logins.clone(),
        );
        registry.register(
            "refreshes",
            "Token refreshes by outcome: done, failed (the session stays), refused (the session ends), given_back (the session ended during the refresh)",
            metrics.refreshes.clone(),
        );
        registry.register(
            "sessions_ended",
            "Ended sessions by cause",
            metrics.sessions_ended.clone(),
        );
        registry.register(
            "csrf_rejected",
            "Cross-site requests refused",
            metrics.csrf_rejected.clone(),
        );
        registry.register(
            "csp_violations",
            "Violations of the Content-Security-Policy that browsers reported, by directive",
            metrics.csp_violations.clone(),
        );
        registry.register(
            "rate_limited",
            "Requests refused by a limit: client, login, session",
            metrics.rate_limited.clone(),
        );
        registry.register(
            "store_failures",
            "Failed reads and writes of the session store",
            metrics.store_failures.clone(),
        );
        registry.register(
            "tokens_lost",
            "New tokens that could not be stored; each time a user must sign in again",
            metrics.tokens_lost.clone(),
        );
        registry.register("panics", "Panics of this program", metrics.panics.clone());
        registry.register(
            "replica_differences",
            "Settings in which the replicas that share the session store differ",
            metrics.replica_differences.clone(),
        );
        registry.register(
            "log_lines_dropped",
            "Lines dropped because their output did not accept them: log, audit",
            metrics.lines_dropped.clone(),
        );
        registry.register(
            "event_streams",
            "Open event streams of pages",
            metrics.event_streams.clone(),
        );
        metrics
    }

    /// Updates the metrics that an event of the log counts for.
    fn count(&self, said: Said) {
        let outcome = |outcome: &str| vec![("outcome", outcome.to_owned())];
        match said.event.as_str() {
            "request" => {
                let labels = AnswerLabels {
                    method: said.method,
                    route: said.route,
                    status: said.status,
                };
                self.requests.get_or_create(&labels).inc();
                let AnswerLabels { route, .. } = labels;
                self.request_seconds
                    .get_or_create(&RouteLabel { route })
                    .observe(said.millis / 1000.0);
            }
            "login_started" => count_in(&self.logins, outcome("started")),
            "login_finished" => count_in(&self.logins, outcome("finished")),
            "login_failed" => count_in(&self.logins, outcome(&said.error)),
            "refreshed" => count_in(&self.refreshes, outcome("done")),
            "refresh_failed" => count_in(&self.refreshes, outcome("failed")),
            "refresh_refused" => count_in(&self.refreshes, outcome("refused")),
            "refreshed_after_end" => count_in(&self.refreshes, outcome("given_back")),
            "session_ended" => {
                count_in(&self.sessions_ended, vec![("cause", said.cause)]);
            }
            "csp_violated" => {
                let directive = vec![("directive", said.directive)];
                self.csp_violations
                    .get_or_create(&directive)
                    .inc_by(said.reports);
            }
            "csrf_rejected" => {
                self.csrf_rejected.inc();
            }
            "rate_limited" => {
                let labels = vec![("limit", said.limit)];
                self.rate_limited
                    .get_or_create(&labels)
                    .inc_by(said.refused);
            }
            "store_failed" | "tokens_not_saved" | "lease_not_renewed" | "session_touch_failed" => {
                self.store_failures.inc();
            }
            "tokens_lost" => {
                self.tokens_lost.inc();
            }
            "panic" => {
                self.panics.inc();
            }
            "replicas_differ" | "replicas_agree" => {
                let found = i64::try_from(said.differences).unwrap_or(i64::MAX);
                self.replica_differences.set(found);
            }
            _ => {}
        }
    }
}

fn count_in(family: &Family<Labels, Counter>, labels: Labels) {
    family.get_or_create(&labels).inc();
}

/// The subscriber layer that counts events.
pub(super) struct CountEvents;

impl<S: Subscriber> Layer<S> for CountEvents {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == CALLS {
            METRICS.calls.count(event);
            return;
        }
        let mut said = Said::default();
        event.record(&mut said);
        METRICS.count(said);
    }
}

/// The fields of an event that the metrics use.
#[derive(Default)]
struct Said {
    event: String,
    method: &'static str,
    route: String,
    status: u64,
    millis: f64,
    cause: String,
    directive: String,
    limit: String,
    /// Number of refused requests in a `rate_limited` event.
    refused: u64,
    /// Number of differences in a `replicas_differ` or `replicas_agree` event.
    differences: u64,
    /// Number of reports in a `csp_violated` event.
    reports: u64,
    /// The error code of a `login_failed` event. Other events are not read, because their `error` may be raw text.
    error: String,
}

impl Visit for Said {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "event" => value.clone_into(&mut self.event),
            "route" => value.clone_into(&mut self.route),
            "limit" => value.clone_into(&mut self.limit),
            "cause" => value.clone_into(&mut self.cause),
            "directive" => value.clone_into(&mut self.directive),
            "error" => value.clone_into(&mut self.error),
            _ => {}
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        match field.name() {
            "status" => self.status = value,
            "refused" => self.refused = value,
            "reports" => self.reports = value,
            "differences" => self.differences = value,
            _ => {}
        }
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        if field.name() == "millis" {
            self.millis = value;
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "method" {
            self.method = known_method(&format!("{value:?}"));
        }
    }
}
