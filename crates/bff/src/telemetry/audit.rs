//! The audit log: security events as JSON lines with a fixed schema, written to their own destination.
//!
//! A line contains the common fields and the fields that the row of the event in [`EVENTS`](crate::audit::EVENTS) names, and no other field of the
//! event. A missing value is `null`. For every value the output is one line of ASCII. The filter and the format of the log do not affect it.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::fd::AsFd as _;
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};

use time::OffsetDateTime;
use time::macros::format_description;
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::LookupSpan;

use super::fields::{Fields, SpanFields};
use super::output::Output;
use crate::audit::{FORM, Form, Kind, SESSION_HASH, TARGET, kind};
use crate::config::AuditTo;
use crate::domain::{Clock as _, SystemClock, Timestamp};

/// Opens the destination of the audit log. Returns `None` when there is no audit log.
pub(super) fn open(to: &AuditTo) -> io::Result<Option<File>> {
    let path = match to {
        AuditTo::Nowhere => return Ok(None),
        AuditTo::Stdout => {
            let stdout = io::stdout().as_fd().try_clone_to_owned()?;
            return Ok(Some(stdout.into()));
        }
        AuditTo::File(path) => path,
    };
    // A named pipe is opened for reading too, because opening it only for writing blocks until it has a reader.
    let is_pipe = path
        .metadata()
        .is_ok_and(|found| found.file_type().is_fifo());
    OpenOptions::new()
        .read(is_pipe)
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)
        .map(Some)
}

/// The subscriber layer that writes security events.
pub(super) struct AuditLines {
    to: Output,
}

impl AuditLines {
    /// Creates a layer that writes to this output.
    pub(super) const fn new(to: Output) -> Self {
        Self { to }
    }
}

/// Returns true for the security events and for the spans that identify the request.
pub(super) fn is_audited(metadata: &Metadata<'_>) -> bool {
    if metadata.is_span() {
        metadata.target().starts_with(env!("CARGO_CRATE_NAME"))
    } else {
        metadata.target() == TARGET
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for AuditLines {
    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if !is_audited(event.metadata()) {
            return;
        }
        let mut said = Fields::default();
        event.record(&mut said);
        let Some(kind) = said.text("event").and_then(kind) else {
            return;
        };
        let of_span = |name| {
            context.event_scope(event)?.find_map(|span| {
                let SpanFields(fields) = span.extensions().get::<SpanFields>()?.clone();
                fields.text(name).map(str::to_owned)
            })
        };
        let asker = Asker {
            request_id: of_span("request_id"),
            client: of_span("client"),
        };
        self.to
            .line(line(SystemClock.now(), kind, &said, asker).as_bytes());
    }
}

/// The request that caused the event, if there is one.
struct Asker {
    request_id: Option<String>,
    client: Option<String>,
}

/// Formats one line: the fields that every event has, then those of this event in the order of its row.
fn line(at: Timestamp, kind: &Kind, said: &Fields, asker: Asker) -> String {
    let session = said.value(SESSION_HASH).filter(|_| kind.has_session);
    let mut fields = vec![
        ("audit", FORM.into()),
        ("time", time(at).into()),
        ("level", kind.level.into()),
        ("event", kind.name.into()),
        ("request_id", asker.request_id.into()),
        ("client", asker.client.into()),
        ("session", session.cloned().unwrap_or_default()),
    ];
    for field in kind.fields {
        let value = said.value(field.name).filter(|value| match field.form {
            Form::Text | Form::MaybeText => value.is_string(),
            Form::Number => value.is_u64(),
        });
        fields.push((field.name, value.cloned().unwrap_or_default()));
    }
    let members: Vec<String> = fields
        .into_iter()
        .map(|(name, value)| format!("\"{name}\":{}", ascii(&value.to_string())))
        .collect();
    format!("{{{}}}\n", members.join(","))
}

/// Escapes control and non-ASCII characters in JSON (RFC 8259 §7), so that a terminal or an editor interprets none as a command or a line break.
fn ascii(json: &str) -> String {
    let mut plain = String::with_capacity(json.len());
    for character in json.chars() {
        if character.is_ascii() && !character.is_ascii_control() {
            plain.push(character);
            continue;
        }
        for unit in character.encode_utf16(&mut [0; 2]) {
            plain.push_str(&format!("\\u{unit:04x}"));
        }
    }
    plain
}

/// Formats a time as in RFC 3339, in UTC with milliseconds.
fn time(at: Timestamp) -> String {
    let form =
        format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(at.as_millis()) * 1_000_000)
        .ok()
        .and_then(|at| at.format(form).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_line_is_one_json_object_of_ascii_for_any_value() {
        let hostile =
            "x\r\n{\"event\":\"forged\"}\u{1b}[2K\u{7f}\u{9b}31m\u{2028}\u{202e}\u{1f511}\"\\";
        let said = Fields(vec![
            ("event", "login_failed".into()),
            ("error", hostile.into()),
            ("attempt", hostile.into()),
            ("more", "not of this event".into()),
            (SESSION_HASH, "not of this event either".into()),
        ]);
        let asker = Asker {
            request_id: Some(hostile.to_owned()),
            client: None,
        };
        let kind = kind("login_failed").unwrap();
        let line = line(Timestamp::from_millis(1_500), kind, &said, asker);
        let text = line.strip_suffix('\n').unwrap();
        assert!(text.chars().all(|c| c.is_ascii() && !c.is_ascii_control()));
        let read: Value = serde_json::from_str(text).unwrap();
        assert_eq!(
            read,
            serde_json::json!({
                "audit": 1,
                "time": "1970-01-01T00:00:01.500Z",
                "level": "info",
                "event": "login_failed",
                "request_id": hostile,
                "client": null,
                "session": null,
                "attempt": hostile,
                "error": hostile,
            })
        );
    }
}
