//! Lines that wait for their output. The thread of the output formats them.

use std::io::Write as _;
use std::sync::Arc;

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use tracing::Level;

use super::fields::Fields;

/// An event that is not formatted yet.
pub(super) struct LoggedEvent {
    /// When it was logged.
    pub at: OffsetDateTime,
    /// Its level.
    pub level: Level,
    /// The module that logged it.
    pub target: &'static str,
    /// Its fields.
    pub fields: Fields,
    /// The span of the request: its name and fields.
    pub span: Option<(&'static str, Arc<Fields>)>,
}

impl LoggedEvent {
    /// Returns whether it is a warning or an error.
    pub fn is_serious(&self) -> bool {
        self.level <= Level::WARN
    }

    /// Returns about how many bytes it takes in memory.
    pub fn size(&self) -> usize {
        let text = |(_, value): &(_, Value)| value.as_str().map_or(0, str::len);
        self.fields.0.iter().map(text).sum::<usize>() + size_of_val(&*self.fields.0)
    }

    /// Appends the line: time, level, the fields of the event, target, and the fields of the span.
    pub fn write_to(&self, line: &mut Vec<u8>) {
        let at = self.at.format(&Rfc3339).unwrap_or_default();
        let level = self.level;
        drop(write!(line, r#"{{"timestamp":"{at}","level":"{level}""#));
        for (name, value) in &self.fields.0 {
            line.push(b',');
            write_member(line, name, value);
        }
        line.push(b',');
        write_member(line, "target", self.target);
        if let Some((name, fields)) = &self.span {
            line.extend_from_slice(br#","span":{"#);
            for (name, value) in &fields.0 {
                write_member(line, name, value);
                line.push(b',');
            }
            write_member(line, "name", name);
            line.push(b'}');
        }
        line.extend_from_slice(b"}\n");
    }
}

/// A line in the queue of an output.
pub(super) enum Line {
    /// Formatted by the caller.
    Text(Vec<u8>),
    /// Formatted by the thread of the output.
    Event(Box<LoggedEvent>),
}

impl Line {
    /// Returns about how many bytes it takes in memory.
    pub fn size(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Event(event) => event.size(),
        }
    }

    /// Appends the line.
    pub fn write_to(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Text(text) => bytes.extend_from_slice(text),
            Self::Event(event) => event.write_to(bytes),
        }
    }
}

/// Appends `"name":value`. Writing JSON into memory does not fail.
fn write_member(line: &mut Vec<u8>, name: &str, value: &(impl serde::Serialize + ?Sized)) {
    drop(serde_json::to_writer(&mut *line, name));
    line.push(b':');
    drop(serde_json::to_writer(&mut *line, value));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_json_object_for_any_value() {
        let hostile = "x\r\n{\"event\":\"forged\"}\u{1b}[2K\\\"";
        let event = LoggedEvent {
            at: OffsetDateTime::UNIX_EPOCH,
            level: Level::INFO,
            target: "bff::here",
            fields: Fields(vec![("event", hostile.into()), ("millis", 0.5.into())]),
            span: Some((
                "request",
                Arc::new(Fields(vec![("client", hostile.into())])),
            )),
        };
        let mut line = Vec::new();
        event.write_to(&mut line);
        assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1);
        let read: Value = serde_json::from_slice(&line).unwrap();
        assert_eq!(
            read,
            serde_json::json!({
                "timestamp": "1970-01-01T00:00:00Z",
                "level": "INFO",
                "event": hostile,
                "millis": 0.5,
                "target": "bff::here",
                "span": {"client": hostile, "name": "request"},
            })
        );
    }
}
