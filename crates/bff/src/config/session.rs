//! Settings of sessions: lifetime, store and sealing keys.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::duration;
use super::fault::Wrong;
use super::field::{self, MASK, entries, whole};
use super::keys::SealingKeys;
use super::reader::Reader;
use super::store_url::StoreUrl;
use crate::domain::LONGEST_LIFE;

/// Limit of `max_per_user`, because every login counts up to this many sessions of its user.
const MOST_PER_USER: u64 = 10_000;

/// `[session]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Session {
    /// The store of session records.
    #[serde(with = "field")]
    pub store: StoreUrl,
    /// The keys that seal the records, newest first.
    #[serde(serialize_with = "show_keys", deserialize_with = "read_keys")]
    pub keys: SealingKeys,
    /// How long a new first key only decrypts before it also encrypts, when it is added while the program runs.
    #[serde(with = "duration")]
    pub key_warmup: Duration,
    /// A session ends this long after its last use. At most `absolute_ttl`.
    #[serde(with = "duration")]
    pub idle_ttl: Duration,
    /// A session ends this long after the login, even when it is in use.
    #[serde(with = "duration")]
    pub absolute_ttl: Duration,
    /// Maximum number of live sessions of one user. 0 means no limit.
    #[serde(deserialize_with = "whole::<_, _, 0, MOST_PER_USER>")]
    pub max_per_user: u32,
    /// Whether the cookie remains after the browser is closed.
    pub persistent_cookie: bool,
}

/// The key of the sealing keys.
pub(super) const KEYS: &str = "session.keys";
const ABSOLUTE: &str = "session.absolute_ttl";

impl Session {
    pub(super) fn read(reader: &mut Reader) -> Option<Self> {
        let mut session: Self = reader.section("session")?;
        session.complete_keys(reader);
        reader.require(
            &["session.idle_ttl", ABSOLUTE],
            session.idle_ttl <= session.absolute_ttl,
            "is longer than session.absolute_ttl; make it shorter or as long",
        );
        reader.require(
            &[ABSOLUTE],
            session.absolute_ttl <= LONGEST_LIFE,
            "is longer than the provider's refresh token lives; write 30d or less",
        );
        if reader.is_strict() && session.store.is_volatile() {
            let what = "is memory: every restart signs everybody out";
            reader.warn("session.store", what);
        }
        if let StoreUrl::Postgres(servers) = &mut session.store {
            servers.passfile = servers.passfile.take().or(reader.passfile.take());
        }
        session.store = session.store.in_directory(|path| reader.path(path));
        Some(session)
    }

    /// Checks that each key is there once. Without keys, development uses a generated one.
    fn complete_keys(&mut self, reader: &mut Reader) {
        let SealingKeys::Given(keys) = &self.keys else {
            return;
        };
        if reader.is_faulty(KEYS) {
            return;
        }
        let is_repeated = |index: &usize| keys[..*index].contains(&keys[*index]);
        if let Some(index) = (0..keys.len()).find(is_repeated) {
            let wrong = Wrong::from("is there twice; keep each key once, newest first");
            reader.fault(KEYS, wrong.in_entry(index + 1));
        }
        if keys.is_empty() {
            reader.require(
                &[KEYS],
                !reader.is_strict(),
                "is needed in this profile; make one with the command keygen and set SESSION_KEYS or SESSION_KEYS_FILE",
            );
            self.keys = SealingKeys::Generated {
                path: reader.path("data/session.key"),
            };
        }
    }
}

fn read_keys<'de, D: Deserializer<'de>>(from: D) -> Result<SealingKeys, D::Error> {
    entries(from).map(SealingKeys::Given)
}

fn show_keys<S: Serializer>(keys: &SealingKeys, to: S) -> Result<S::Ok, S::Error> {
    match keys {
        SealingKeys::Given(keys) => to.collect_seq(keys.iter().map(|_| MASK)),
        SealingKeys::Generated { path } => {
            to.collect_str(&format_args!("generated into {}", path.display()))
        }
    }
}
