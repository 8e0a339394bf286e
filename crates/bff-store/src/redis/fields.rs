//! A record as the fields of a hash: numbers in decimal, sealed parts as raw bytes. Called by the store only.

use std::collections::HashMap;

use redis::{FromRedisValue, ParsingError, Value};

use crate::record::Record;
use bff_core::{EndCause, SessionKey, Timestamp, UserId};

/// The names of all fields of a record.
pub const NAMES: [&str; 9] = [
    "user",
    "created_at",
    "last_seen_at",
    "absolute_expires_at",
    "version",
    "ended",
    "profile",
    "tokens",
    "app_data",
];

/// Returns the fields of `record`. The optional fields `user` and `ended` are omitted when they are not set.
pub fn write(record: &Record) -> Vec<(&'static str, Vec<u8>)> {
    let number = |number: i64| number.to_string().into_bytes();
    let mut fields = vec![
        ("created_at", number(record.created_at.as_millis())),
        ("last_seen_at", number(record.last_seen_at.as_millis())),
        (
            "absolute_expires_at",
            number(record.absolute_expires_at.as_millis()),
        ),
        ("version", record.version.to_string().into_bytes()),
        ("profile", record.profile.clone()),
        ("tokens", record.tokens.clone()),
        ("app_data", record.app_data.clone()),
    ];
    if let Some(user) = &record.user {
        fields.push(("user", user.as_str().into()));
    }
    if let Some(cause) = record.ended {
        fields.push(("ended", cause.code().into()));
    }
    fields
}

/// The values of fields, in the order of [`NAMES`]; `None` for a field that is not there.
#[derive(Default)]
pub struct Fields([Option<Vec<u8>>; NAMES.len()]);

impl Fields {
    /// Returns whether no field is there.
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(Option::is_none)
    }

    fn take(&mut self, name: &str) -> Option<Vec<u8>> {
        let at = NAMES.iter().position(|other| *other == name)?;
        self.0[at].take()
    }
}

/// Reads the answer of `HGETALL`: names and values.
impl FromRedisValue for Fields {
    fn from_redis_value(answer: Value) -> Result<Self, ParsingError> {
        let found: HashMap<String, Vec<u8>> = redis::from_redis_value(answer)?;
        let mut fields = Self::default();
        for (name, value) in found {
            if let Some(at) = NAMES.iter().position(|other| *other == name) {
                fields.0[at] = Some(value);
            }
        }
        Ok(fields)
    }
}

/// Reads the answer of `HMGET` with [`NAMES`]: the values in this order.
pub fn named(answer: Value) -> Option<Fields> {
    let Value::Array(values) = answer else {
        return None;
    };
    let mut fields = Fields::default();
    for (field, value) in fields.0.iter_mut().zip(values) {
        *field = match value {
            Value::BulkString(bytes) => Some(bytes),
            Value::Nil => None,
            _ => return None,
        };
    }
    Some(fields)
}

/// Reads the record of these fields; `None` when they are not a valid record.
pub fn read(key: SessionKey, mut fields: Fields) -> Option<Record> {
    let mut text = |name| fields.take(name).map(String::from_utf8);
    let user = text("user").transpose().ok()?;
    let ended = text("ended").transpose().ok()?;
    let version = text("version")?.ok()?.parse().ok()?;
    let mut time = |name| Some(Timestamp::from_millis(text(name)?.ok()?.parse().ok()?));
    Some(Record {
        created_at: time("created_at")?,
        last_seen_at: time("last_seen_at")?,
        absolute_expires_at: time("absolute_expires_at")?,
        key,
        user: user.map(UserId::new),
        version,
        // An unknown cause, written by an older or newer release, still means that the session is over.
        ended: ended.map(|code| EndCause::from_code(&code).unwrap_or(EndCause::RefreshRefused)),
        profile: fields.take("profile")?,
        tokens: fields.take("tokens")?,
        app_data: fields.take("app_data")?,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn value() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            any::<Vec<u8>>(),
            any::<i128>().prop_map(|number| number.to_string().into_bytes()),
            any::<i64>().prop_map(|number| number.to_string().into_bytes()),
        ]
    }

    proptest! {
        #[test]
        fn any_fields_are_a_record_or_none(
            fields in proptest::collection::hash_map(
                proptest::sample::select(&NAMES[..]).prop_map(str::to_owned),
                value(),
                0..10,
            )
        ) {
            let key = SessionKey::from_bytes([7; 32]);
            let of = |found: Vec<(String, Vec<u8>)>| {
                let text = |bytes| Value::BulkString(bytes);
                let pairs = found.into_iter().map(|(name, value)| (text(name.into_bytes()), text(value)));
                redis::from_redis_value::<Fields>(Value::Map(pairs.collect())).unwrap()
            };
            let Some(record) = read(key, of(fields.into_iter().collect())) else { return Ok(()); };
            // Writing and reading a record again gives the same record, by names and by order.
            let written: Vec<_> = write(&record).into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            let in_order = NAMES.map(|name| {
                let found = written.iter().find(|(other, _)| other == name);
                found.map_or(Value::Nil, |(_, value)| Value::BulkString(value.clone()))
            });
            let in_order = named(Value::Array(in_order.into())).unwrap();
            prop_assert!(read(key, in_order) == Some(record.clone()));
            prop_assert!(read(key, of(written)) == Some(record));
        }
    }
}
