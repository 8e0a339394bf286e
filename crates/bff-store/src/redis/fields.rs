//! A record as the fields of a hash: numbers in decimal, sealed parts as raw bytes. Called by the store only.

use std::collections::HashMap;

use crate::record::Record;
use bff_core::{EndCause, SessionKey, Timestamp, UserId};

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

/// Reads the record of these fields; `None` when they are not a valid record.
pub fn read(key: SessionKey, mut fields: HashMap<String, Vec<u8>>) -> Option<Record> {
    let mut text = |name: &str| fields.remove(name).map(String::from_utf8);
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
        profile: fields.remove("profile")?,
        tokens: fields.remove("tokens")?,
        app_data: fields.remove("app_data")?,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NAMES: [&str; 9] = [
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
            let Some(record) = read(key, fields) else { return Ok(()); };
            // Writing and reading a record again gives the same record.
            let written = write(&record).into_iter().map(|(name, value)| (name.to_owned(), value));
            prop_assert!(read(key, written.collect()) == Some(record));
        }
    }
}
