//! The layer that writes the log as JSON lines. The thread that logs collects the fields of an event.

use time::OffsetDateTime;
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

use super::fields::{Fields, SpanFields};
use super::line::LoggedEvent;
use super::output::Output;

/// The subscriber layer that writes every event as a line.
pub(super) struct JsonLines {
    to: Output,
}

impl JsonLines {
    /// Creates a layer that writes to this output.
    pub const fn new(to: Output) -> Self {
        Self { to }
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for JsonLines {
    #[expect(
        clippy::disallowed_methods,
        reason = "a line has the time at which it was logged"
    )]
    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields(Vec::with_capacity(event.metadata().fields().len()));
        event.record(&mut fields);
        let span = context.event_scope(event).and_then(|mut spans| {
            spans.find_map(|span| {
                let SpanFields(fields) = span.extensions().get::<SpanFields>()?.clone();
                Some((span.name(), fields))
            })
        });
        self.to.event(LoggedEvent {
            at: OffsetDateTime::now_utc(),
            level: *event.metadata().level(),
            target: event.metadata().target(),
            fields,
            span,
        });
    }
}
