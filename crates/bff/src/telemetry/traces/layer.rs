//! The subscriber layer that turns spans of the target `trace` into spans of OpenTelemetry.

use std::borrow::Cow;
use std::fmt::Debug;
use std::time::SystemTime;

use opentelemetry::trace::{SpanContext, SpanKind, Status, TraceFlags};
use opentelemetry::{InstrumentationScope, KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;
use tracing::Subscriber;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::{LookupSpan, SpanRef};

use super::export::Exporter;
use crate::domain::{Entropy as _, ThreadEntropy};

/// Exports spans.
pub(super) struct ExportSpans {
    exporter: Exporter,
    scope: InstrumentationScope,
}

impl ExportSpans {
    /// Creates a layer that sends to this exporter.
    pub fn new(exporter: &Exporter) -> Self {
        let scope = InstrumentationScope::builder(env!("CARGO_PKG_NAME"));
        Self {
            exporter: exporter.clone(),
            scope: scope.with_version(env!("CARGO_PKG_VERSION")).build(),
        }
    }

    fn export(&self, open: OpenSpan) {
        let flags = TraceFlags::SAMPLED;
        let (trace_id, span_id) = (open.trace_id.into(), open.span_id.into());
        self.exporter.send(SpanData {
            span_context: SpanContext::new(trace_id, span_id, flags, false, Default::default()),
            parent_span_id: open.parent_id.into(),
            parent_span_is_remote: open.kind == SpanKind::Server,
            span_kind: open.kind,
            name: open.name,
            start_time: open.began,
            end_time: now(),
            attributes: open.attributes,
            dropped_attributes_count: 0,
            events: Default::default(),
            links: Default::default(),
            status: if open.has_failed {
                Status::error("")
            } else {
                Status::Unset
            },
            instrumentation_scope: self.scope.clone(),
        });
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for ExportSpans {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else {
            return;
        };
        let mut open = OpenSpan::new();
        attributes.record(&mut open);
        if open.trace_id == 0 && !open.adopt(&span) {
            return;
        }
        span.extensions_mut().insert(open);
    }

    fn on_record(&self, id: &Id, record: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else {
            return;
        };
        let mut extensions = span.extensions_mut();
        let Some(open) = extensions.get_mut::<OpenSpan>() else {
            return;
        };
        record.record(open);
        if open.has_ended && !std::mem::replace(&mut open.is_exported, true) {
            self.export(open.clone());
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let open = context.span(&id);
        let open = open.and_then(|span| span.extensions_mut().remove::<OpenSpan>());
        if let Some(open) = open.filter(|open| !open.is_exported) {
            self.export(open);
        }
    }
}

/// A span that has not ended.
#[derive(Clone)]
struct OpenSpan {
    trace_id: u128,
    span_id: u64,
    parent_id: u64,
    name: Cow<'static, str>,
    kind: SpanKind,
    began: SystemTime,
    attributes: Vec<KeyValue>,
    has_failed: bool,
    has_ended: bool,
    is_exported: bool,
}

impl OpenSpan {
    fn new() -> Self {
        Self {
            trace_id: 0,
            span_id: 0,
            parent_id: 0,
            name: Cow::Borrowed(""),
            kind: SpanKind::Internal,
            began: now(),
            attributes: Vec::with_capacity(4),
            has_failed: false,
            has_ended: false,
            is_exported: false,
        }
    }

    /// Makes a span without ids a child of the nearest span around it. Returns false when there is none, so that it is not exported.
    fn adopt<'a, S: LookupSpan<'a>>(&mut self, span: &SpanRef<'a, S>) -> bool {
        let parent = span.scope().skip(1).find_map(|outer| {
            let extensions = outer.extensions();
            let outer = extensions.get::<Self>()?;
            Some((outer.trace_id, outer.span_id))
        });
        let Some((trace_id, parent_id)) = parent else {
            return false;
        };
        let mut bytes = [0; 8];
        ThreadEntropy.fill(&mut bytes);
        self.span_id = u64::from_be_bytes(bytes).max(1);
        (self.trace_id, self.parent_id) = (trace_id, parent_id);
        true
    }

    fn attribute(&mut self, field: &Field, value: impl Into<Value>) {
        self.attributes.push(KeyValue::new(field.name(), value));
    }
}

impl Visit for OpenSpan {
    fn record_u128(&mut self, field: &Field, value: u128) {
        if field.name() == "trace_id" {
            self.trace_id = value;
        }
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        match field.name() {
            "span_id" => self.span_id = value,
            "parent_id" => self.parent_id = value,
            _ => self.attribute(field, i64::try_from(value).unwrap_or(i64::MAX)),
        }
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        if field.name() == "ended" {
            self.has_ended = value;
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "span.name" => self.name = Cow::Owned(value.to_owned()),
            "span.kind" if value == "server" => self.kind = SpanKind::Server,
            "span.kind" => self.kind = SpanKind::Client,
            name => {
                self.has_failed |= name == "error.type";
                self.attribute(field, value.to_owned());
            }
        }
    }

    /// Ignores other values, because only texts and numbers are attributes.
    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}

#[expect(
    clippy::disallowed_methods,
    reason = "a span has the times at which it began and ended"
)]
fn now() -> SystemTime {
    SystemTime::now()
}
