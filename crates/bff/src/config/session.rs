//! Settings of sessions: lifetime, store and sealing keys.

use std::fs::File;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::duration;
use super::fault::Wrong;
use super::field::{self, MASK, entries, or_empty, parsed_if_set, whole};
use super::keys::SealingKeys;
use super::reader::Reader;
use super::store_url::StoreUrl;
use crate::domain::LONGEST_LIFE;
use crate::store::ClientCertificate;

/// Limit of `max_per_user`, because every login counts up to this many sessions of its user.
const MOST_PER_USER: u64 = 10_000;

/// `[session]`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Session {
    /// The store of session records.
    #[serde(with = "field")]
    pub store: StoreUrl,
    /// File of the client certificate for a store with TLS (PEM, with its chain).
    #[serde(serialize_with = "shown_path", deserialize_with = "file")]
    pub client_certificate: Option<PathBuf>,
    /// File of the private key of the client certificate (PEM).
    #[serde(serialize_with = "shown_path", deserialize_with = "file")]
    pub client_key: Option<PathBuf>,
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
const CLIENT_CERTIFICATE: &str = "session.client_certificate";
const CLIENT_KEY: &str = "session.client_key";
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
            let what = "is memory: every restart signs all users out";
            reader.warn("session.store", what);
        }
        if let StoreUrl::Postgres(servers) = &mut session.store {
            servers.passfile = servers.passfile.take().or(reader.passfile.take());
        }
        session.store = session.store.in_directory(|path| reader.path(path));
        session.add_client_certificate(reader);
        Some(session)
    }

    /// Gives the client certificate to the store. Both files must be set, and readable at the start.
    fn add_client_certificate(&mut self, reader: &mut Reader) {
        for file in [&mut self.client_certificate, &mut self.client_key] {
            *file = file.take().map(|file| reader.path(file));
        }
        let both = self.client_certificate.clone().zip(self.client_key.clone());
        let is_alone = self.client_certificate.is_some() != self.client_key.is_some();
        reader.require(
            &[CLIENT_CERTIFICATE, CLIENT_KEY],
            !is_alone,
            "and session.client_key belong together; set both or neither",
        );
        let Some((certificate, key)) = both else {
            return;
        };
        for (name, file) in [(CLIENT_CERTIFICATE, &certificate), (CLIENT_KEY, &key)] {
            let is_readable = File::open(file).is_ok();
            reader.require(
                &[name],
                is_readable,
                "cannot be read; check the path and who may read it",
            );
        }
        let is_taken = self
            .store
            .set_client_certificate(ClientCertificate { certificate, key });
        reader.require(
            &[CLIENT_CERTIFICATE, "session.store"],
            is_taken,
            "is for a store with TLS; write rediss://, or sslmode=require or more, in session.store, or remove it",
        );
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

fn file<'de, D: Deserializer<'de>>(from: D) -> Result<Option<PathBuf>, D::Error> {
    parsed_if_set(from, |text| Ok(PathBuf::from(text)))
}

fn shown_path<S: Serializer>(file: &Option<PathBuf>, to: S) -> Result<S::Ok, S::Error> {
    or_empty(&file.as_ref().map(|file| file.display()), to)
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
