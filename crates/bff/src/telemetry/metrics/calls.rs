//! Metrics of calls: how long calls to the provider, the upstreams and the session store took, and how many are under way.

use std::fmt::Debug;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use tracing::Event;
use tracing::field::{Field, Visit};

use crate::domain::calls::InFlight;

/// Upper bounds in seconds for calls over a network: to the longest time limit of a call.
const NETWORK: [f64; 11] = [
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0,
];
/// Upper bounds in seconds for the session store: from a read of SQLite to the time limit of Redis.
const STORE: [f64; 11] = [
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.05, 0.25, 1.0, 5.0,
];

type Labels = [(&'static str, String); 2];
type Latency = Family<Labels, Histogram, Buckets>;

/// Makes histograms with these upper bounds.
#[derive(Clone)]
struct Buckets(&'static [f64]);

impl MetricConstructor<Histogram> for Buckets {
    fn new_metric(&self) -> Histogram {
        Histogram::new(self.0.iter().copied())
    }
}

/// The metrics of calls.
pub(super) struct CallMetrics {
    provider: Latency,
    upstream: Latency,
    store: Latency,
    in_flight: Family<[(&'static str, String); 1], Gauge>,
    spans_lost: Counter,
}

impl CallMetrics {
    /// Registers the metrics.
    pub fn register(registry: &mut Registry) -> Self {
        let [provider, upstream, store] = [&NETWORK, &NETWORK, &STORE]
            .map(|bounds| Family::new_with_constructor(Buckets(bounds)));
        let metrics = Self {
            provider,
            upstream,
            store,
            in_flight: Family::default(),
            spans_lost: Counter::default(),
        };
        for (name, help, latency) in [
            (
                "provider_call_duration",
                "Duration of calls to the provider, by call and outcome",
                &metrics.provider,
            ),
            (
                "upstream_call_duration",
                "Duration of calls to upstreams until the head of the response, by upstream and outcome",
                &metrics.upstream,
            ),
            (
                "store_operation_duration",
                "Duration of operations of the session store, by operation and outcome; reads from memory are not operations",
                &metrics.store,
            ),
        ] {
            registry.register_with_unit(name, help, Unit::Seconds, latency.clone());
        }
        registry.register(
            "calls_in_flight",
            "Calls under way: provider, upstream",
            metrics.in_flight.clone(),
        );
        registry.register(
            "spans_lost",
            "Spans that the collector of traces did not take",
            metrics.spans_lost.clone(),
        );
        metrics
    }

    /// Reads how many calls are under way. Called before the metrics are encoded.
    pub fn refresh(&self) {
        for (callee, count) in InFlight::counts() {
            let label = [("callee", callee.to_owned())];
            self.in_flight.get_or_create(&label).set(count);
        }
    }

    /// Counts an event of the target `metrics`.
    pub fn count(&self, event: &Event<'_>) {
        let mut said = Said::default();
        event.record(&mut said);
        let name = said.name;
        let (latency, label) = match said.kind {
            "provider_call" => (&self.provider, "call"),
            "upstream_call" => (&self.upstream, "upstream"),
            "store_call" => (&self.store, "operation"),
            _ => {
                self.spans_lost.inc_by(said.spans);
                return;
            }
        };
        let labels = [(label, name), ("outcome", said.outcome)];
        latency.get_or_create(&labels).observe(said.seconds);
    }
}

/// The fields of an event.
#[derive(Default)]
struct Said {
    /// The field that names what is counted.
    kind: &'static str,
    /// Its value.
    name: String,
    outcome: String,
    seconds: f64,
    spans: u64,
}

impl Visit for Said {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "outcome" {
            value.clone_into(&mut self.outcome);
        } else {
            self.kind = field.name();
            value.clone_into(&mut self.name);
        }
    }

    fn record_f64(&mut self, _: &Field, value: f64) {
        self.seconds = value;
    }

    fn record_u64(&mut self, _: &Field, value: u64) {
        self.spans = value;
    }

    /// Ignores other values: these events have none.
    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}
