//! Export of traces to an OpenTelemetry collector (OTLP, http/protobuf).
//!
//! Without `OTEL_EXPORTER_OTLP_ENDPOINT` there is no layer, and a request pays nothing. The ids, the sampling and the spans are made elsewhere
//! (`bff_core::trace`, `bff_core::calls`); this module turns finished spans into OTLP. Nothing outside of it uses OpenTelemetry. The queue of spans is
//! bounded and a thread of its own sends them, so that a collector that hangs or is gone delays neither a request nor the stop.

mod export;
mod layer;
mod settings;

use std::sync::OnceLock;

use tracing::Subscriber;
use tracing_subscriber::layer::Layer;
use tracing_subscriber::registry::LookupSpan;

use crate::domain::trace::Sampler;
use export::Exporter;
use layer::ExportSpans;
use settings::{Settings, environment};

pub(super) use settings::TraceFault;

/// The exporter of this process, if there is one. One static, because the process has one log.
static EXPORTER: OnceLock<(Exporter, Sampler)> = OnceLock::new();

/// Starts the export if the environment names a collector. A second call changes nothing.
///
/// # Errors
/// [`TraceFault`] when a variable is invalid. Nothing is started then.
pub(super) fn start() -> Result<(), TraceFault> {
    let Some(settings) = Settings::read(&environment)? else {
        return Ok(());
    };
    if EXPORTER.get().is_none() {
        let exporter = Exporter::start(&settings)?;
        EXPORTER.get_or_init(|| (exporter, settings.sampler));
    }
    Ok(())
}

/// Logs a port that is usually the wrong one. Called when the log is running.
pub(super) fn warn() {
    let exporter = EXPORTER.get();
    if exporter.is_some_and(|(exporter, _)| exporter.is_grpc_port) {
        tracing::warn!(
            event = "traces_port_unusual",
            "OTEL_EXPORTER_OTLP_ENDPOINT: port 4317 is usually that of gRPC; use 4318 for http/protobuf"
        );
    }
}

/// Returns the layer that exports spans; `None` when traces are not exported.
pub(super) fn layer<S>() -> Option<impl Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let (exporter, _) = EXPORTER.get()?;
    Some(ExportSpans::new(exporter))
}

/// Returns which traces are exported.
#[must_use]
pub fn sampler() -> Sampler {
    let exporter = EXPORTER.get();
    exporter.map_or_else(Sampler::default, |(_, sampler)| *sampler)
}

/// Sends the spans that are still queued. Blocks for at most [`export::LAST_SPANS`], and not at all when the collector did not answer before.
pub fn flush() {
    if let Some((exporter, _)) = EXPORTER.get() {
        exporter.flush();
    }
}
