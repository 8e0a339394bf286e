//! The exporter: a bounded queue of finished spans, and the thread that sends them.
//!
//! The HTTP client uses no proxy from the environment and follows no redirect, as every client of this program.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use opentelemetry_otlp::{SpanExporter as Otlp, WithHttpConfig as _};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{BatchSpanProcessor, SpanData, SpanExporter, SpanProcessor as _};
use reqwest::blocking::Client;

use super::settings::{Settings, TraceFault};
use crate::domain::calls::METRICS;

/// Longest wait for the last spans when the program stops. A collector that works takes them within milliseconds.
pub(super) const LAST_SPANS: Duration = Duration::from_secs(2);
/// Longest time to make a connection to the collector.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);

/// Sends spans to a collector.
#[derive(Clone)]
pub(super) struct Exporter {
    processor: Arc<BatchSpanProcessor>,
    is_failing: Arc<AtomicBool>,
    /// The endpoint has the port that collectors use for gRPC.
    pub is_grpc_port: bool,
}

impl Exporter {
    /// Starts the thread that sends.
    ///
    /// # Errors
    /// [`TraceFault`] when the HTTP client or the exporter cannot be made.
    pub fn start(settings: &Settings) -> Result<Self, TraceFault> {
        let client = client(settings).ok_or(TraceFault {
            variable: "OTEL_EXPORTER_OTLP_ENDPOINT",
            problem: "the HTTP client cannot be made; check the system's trusted certificates",
        })?;
        let builder = Otlp::builder().with_http().with_http_client(client);
        let otlp = builder.build().map_err(|_| TraceFault {
            variable: "OTEL_EXPORTER_OTLP_*",
            problem: "invalid value; check the endpoint, the headers and the compression (none)",
        })?;
        let is_failing = Arc::<AtomicBool>::default();
        let reporting = Reporting {
            otlp,
            is_failing: Arc::clone(&is_failing),
        };
        let mut processor = BatchSpanProcessor::builder(reporting).build();
        // Reads OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES.
        processor.set_resource(&Resource::builder().build());
        Ok(Self {
            processor: Arc::new(processor),
            is_failing,
            is_grpc_port: settings.endpoint.port() == Some(4317),
        })
    }

    /// Queues a finished span. Drops it when the queue is full.
    pub fn send(&self, span: SpanData) {
        self.processor.on_end(span);
    }

    /// Sends what is queued, and ends the thread. Blocks for at most [`LAST_SPANS`]. Sends nothing when the last export failed.
    pub fn flush(&self) {
        if !self.is_failing.load(Relaxed) {
            drop(self.processor.shutdown_with_timeout(LAST_SPANS));
        }
    }
}

/// Makes the client on a thread of its own, because a blocking client must not be made on a thread of the runtime.
fn client(settings: &Settings) -> Option<Client> {
    let (timeout, is_plain) = (settings.timeout, settings.endpoint.scheme() == "http");
    let make = move || {
        let builder = Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(timeout);
        let builder = if is_plain {
            builder.tls_certs_only([])
        } else {
            builder
        };
        builder.build().ok()
    };
    std::thread::spawn(make).join().ok().flatten()
}

/// Reports exports that fail: counts each, logs the first of a row.
#[derive(Debug)]
struct Reporting {
    otlp: Otlp,
    is_failing: Arc<AtomicBool>,
}

impl Reporting {
    fn report(&self, spans: usize, result: &OTelSdkResult) {
        let cause = match result {
            Ok(()) => {
                self.is_failing.store(false, Relaxed);
                return;
            }
            Err(OTelSdkError::Timeout(_)) => "timeout",
            Err(OTelSdkError::AlreadyShutdown | OTelSdkError::InternalFailure(_)) => "failed",
        };
        let spans = spans as u64;
        tracing::info!(target: METRICS, spans_lost = spans);
        if !self.is_failing.swap(true, Relaxed) {
            tracing::warn!(
                event = "traces_not_exported",
                spans,
                cause,
                "the collector of traces did not take spans; they are lost"
            );
        }
    }
}

impl SpanExporter for Reporting {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        let result = self.otlp.export(batch).await;
        self.report(spans, &result);
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.otlp.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.otlp.set_resource(resource);
    }
}
