//! The answers of a store, in a form that tests can compare and print.

use std::fmt;

use crate::{Record, StoreError, Swap};

/// The answer of any call.
#[derive(Debug, PartialEq)]
pub enum Answer {
    /// An expected error: a key that exists cannot be created again.
    Refused,
    Done,
    Said(bool),
    Counted(u64),
    Found(Option<Shown>),
    Listed(Vec<Shown>),
    Swapped(u64),
    Conflict(Shown),
    NotFound,
}

impl Answer {
    pub fn made(answer: Result<(), StoreError>) -> Self {
        answer.map_or(Self::Refused, |()| Self::Done)
    }

    pub fn done(answer: Result<(), StoreError>) -> Self {
        answer.unwrap();
        Self::Done
    }

    pub fn said(answer: Result<bool, StoreError>) -> Self {
        Self::Said(answer.unwrap())
    }

    pub fn counted(answer: Result<u64, StoreError>) -> Self {
        Self::Counted(answer.unwrap())
    }

    pub fn found(answer: Result<Option<Record>, StoreError>) -> Self {
        Self::Found(answer.unwrap().map(Shown))
    }

    pub fn listed(answer: Result<Vec<Record>, StoreError>) -> Self {
        Self::Listed(answer.unwrap().into_iter().map(Shown).collect())
    }

    pub fn swapped(answer: Result<Swap, StoreError>) -> Self {
        match answer.unwrap() {
            Swap::Done(version) => Self::Swapped(version),
            Swap::Conflict(standing) => Self::Conflict(Shown(*standing)),
            Swap::NotFound => Self::NotFound,
        }
    }
}

/// A record whose debug output shows every field, because nothing in these tests is secret.
#[derive(PartialEq)]
pub struct Shown(pub Record);

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let record = &self.0;
        let name = char::from(record.key.as_bytes()[0]);
        let user = record.user.as_ref().map_or("nobody", |user| user.as_str());
        let ended = record.ended.map_or("live", |cause| cause.code());
        write!(
            f,
            "{name} of user {user}, {} seen {} until {}, version {}, {ended}, profile {}, tokens {}, data {}",
            record.created_at.as_millis(),
            record.last_seen_at.as_millis(),
            record.absolute_expires_at.as_millis(),
            record.version,
            short(&record.profile),
            short(&record.tokens),
            short(&record.app_data)
        )
    }
}

fn short(bytes: &[u8]) -> String {
    match bytes {
        [] => "none".to_owned(),
        bytes if bytes.len() <= 8 => bytes.escape_ascii().to_string(),
        bytes => format!("{} bytes", bytes.len()),
    }
}
