//! The fields of events and spans, collected on the thread that logs, and kept until a line is written.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;
use tracing::Subscriber;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

/// Names and values, in the order of the call site.
#[derive(Clone, Default)]
pub(super) struct Fields(pub Vec<(&'static str, Value)>);

impl Fields {
    /// Returns the value with this name.
    pub fn value(&self, name: &str) -> Option<&Value> {
        let found = self.0.iter().find(|(field, _)| *field == name);
        found.map(|(_, value)| value)
    }

    /// Returns the text with this name.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.value(name)?.as_str()
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.push((field.name(), value.into()));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.push((field.name(), value.into()));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.push((field.name(), value.into()));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.0.push((field.name(), value.into()));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.push((field.name(), value.into()));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.push((field.name(), format!("{value:?}").into()));
    }
}

/// The fields of a span, in its extensions. Lines that are not written yet share them.
#[derive(Clone)]
pub(super) struct SpanFields(pub Arc<Fields>);

/// The subscriber layer that collects the fields of spans for the layers that write lines.
pub(super) struct CollectSpans;

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for CollectSpans {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields(Vec::with_capacity(attributes.fields().len()));
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(SpanFields(Arc::new(fields)));
        }
    }

    fn on_record(&self, id: &Id, record: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else {
            return;
        };
        if let Some(SpanFields(fields)) = span.extensions_mut().get_mut() {
            record.record(Arc::<Fields>::make_mut(fields));
        }
    }
}
