//! Measures calls to the provider, the upstreams and the session store.
//!
//! The duration of a call is an event of the target [`METRICS`], which `telemetry` counts and the log never shows. Names are constants or come from the
//! configuration, never from a client. The number of calls under way is not an event but a state, so it is read when the metrics are.

use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::time::Instant;

use tracing::Span;
use tracing::field::Empty;

use crate::trace::{SPANS, TraceContext};

/// Target of the events that only the metrics count.
pub const METRICS: &str = "metrics";

/// The outcome of a call that succeeded.
pub const OK: &str = "ok";

/// What is called.
#[derive(Clone, Copy, Debug)]
pub enum Callee<'a> {
    /// The provider, by the name of the call.
    Provider(&'a str),
    /// The upstream of this name.
    Upstream(&'a str),
    /// The session store, by the name of the operation.
    Store(&'a str),
}

/// Measures one call. A call whose caller stops waiting ends with the outcome `cancelled`.
#[derive(Debug)]
pub struct CallTimer<'a> {
    callee: Callee<'a>,
    began: Instant,
    outcome: &'static str,
    span: Span,
}

impl<'a> CallTimer<'a> {
    /// Starts to measure. The outcome is recorded in `span` too.
    #[must_use]
    pub fn start(callee: Callee<'a>, span: Span) -> Self {
        Self {
            callee,
            began: now(),
            outcome: "cancelled",
            span,
        }
    }

    /// Ends the call with this outcome, a constant word.
    pub fn end(mut self, outcome: &'static str) {
        self.outcome = outcome;
    }
}

impl Drop for CallTimer<'_> {
    fn drop(&mut self) {
        let (outcome, seconds) = (self.outcome, (now() - self.began).as_secs_f64());
        if outcome != OK {
            self.span.record("error.type", outcome);
        }
        match self.callee {
            Callee::Provider(name) => {
                tracing::info!(target: METRICS, provider_call = name, outcome, seconds);
            }
            Callee::Upstream(name) => {
                tracing::info!(target: METRICS, upstream_call = name, outcome, seconds);
            }
            Callee::Store(name) => {
                tracing::info!(target: METRICS, store_call = name, outcome, seconds);
            }
        }
    }
}

/// Calls of this process under way: to the provider, to upstreams.
static IN_FLIGHT: [AtomicI64; 2] = [AtomicI64::new(0), AtomicI64::new(0)];

/// Counts a call as under way until it is dropped.
#[derive(Debug)]
pub struct InFlight(&'static AtomicI64);

impl InFlight {
    /// Counts a call to the provider.
    #[must_use]
    pub fn to_provider() -> Self {
        Self::begin(&IN_FLIGHT[0])
    }

    /// Counts a call to an upstream.
    #[must_use]
    pub fn to_upstream() -> Self {
        Self::begin(&IN_FLIGHT[1])
    }

    /// Returns how many calls are under way to the provider, and to upstreams.
    #[must_use]
    pub fn counts() -> [(&'static str, i64); 2] {
        let [provider, upstream] = &IN_FLIGHT;
        [
            ("provider", provider.load(Relaxed)),
            ("upstream", upstream.load(Relaxed)),
        ]
    }

    fn begin(count: &'static AtomicI64) -> Self {
        count.fetch_add(1, Relaxed);
        Self(count)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

/// Creates the span of an HTTP call, for the exporter of traces. It ends when it is dropped. It holds neither the path nor the query.
#[must_use]
pub fn http_span(call: &TraceContext, method: &str, name: &str, server: Option<&str>) -> Span {
    if !call.is_sampled() {
        return Span::none();
    }
    tracing::info_span!(
        target: SPANS,
        "call",
        "span.name" = format!("{method} {name}"),
        "span.kind" = "client",
        trace_id = call.trace_id(),
        span_id = call.span_id(),
        parent_id = call.parent_id(),
        "http.request.method" = method,
        "server.address" = server,
        "http.response.status_code" = Empty,
        "error.type" = Empty,
    )
}

/// Creates the span of an operation of the session store, for the exporter of traces: a child of the current request's span. It ends when it is dropped.
#[must_use]
pub fn store_span(system: &'static str, operation: &'static str) -> Span {
    tracing::info_span!(
        target: SPANS,
        "store",
        "span.name" = operation,
        "span.kind" = "client",
        "db.system.name" = system,
        "db.operation.name" = operation,
        "error.type" = Empty,
    )
}

#[expect(
    clippy::disallowed_methods,
    reason = "measures how long a call took, which no test moves"
)]
fn now() -> Instant {
    Instant::now()
}
