//! Settings of sessions: lifetime, store and sealing keys.

use std::time::Duration;

use serde::{Serialize, Serializer};

use super::fault::Wrong;
use super::keys::{self, SealingKeys};
use super::reader::{Checked, Reader};
use super::show;
use super::store_url::{self, StoreUrl};
use crate::domain::LONGEST_LIFE;

/// `[session]`.
#[derive(Debug, Clone, Serialize)]
pub struct Session {
    /// The store of session records.
    #[serde(serialize_with = "show::text")]
    pub store: StoreUrl,
    /// The keys that seal the records, newest first.
    #[serde(serialize_with = "show_keys")]
    pub keys: SealingKeys,
    /// How long a new first key only decrypts before it also encrypts, when it is added while the program runs.
    #[serde(serialize_with = "show::duration")]
    pub key_warmup: Duration,
    /// A session ends this long after its last use. At most `absolute_ttl`.
    #[serde(serialize_with = "show::duration")]
    pub idle_ttl: Duration,
    /// A session ends this long after the login, even when it is in use.
    #[serde(serialize_with = "show::duration")]
    pub absolute_ttl: Duration,
    /// Maximum number of live sessions of one user. 0 means no limit.
    pub max_per_user: u32,
    /// Whether the cookie remains after the browser is closed.
    pub persistent_cookie: bool,
}

/// The key that [`read_keys`] reads.
pub(super) const KEYS: &str = "session.keys";

impl Session {
    pub(super) fn read(reader: &mut Reader) -> Checked<Self> {
        let store = reader.text("session.store", store_url::parse);
        let keys = read_keys(reader);
        let key_warmup = reader.duration("session.key_warmup");
        let idle_ttl = reader.duration("session.idle_ttl");
        let absolute_ttl = reader.duration("session.absolute_ttl");
        let max_per_user = read_max_per_user(reader);
        let persistent_cookie = reader.boolean("session.persistent_cookie");

        let mut limits = Ok(());
        if let (Ok(idle), Ok(absolute)) = (idle_ttl, absolute_ttl)
            && idle > absolute
        {
            limits = reader.fault(
                "session.idle_ttl",
                Wrong::new(
                    "is longer than session.absolute_ttl",
                    "make it shorter or as long",
                ),
            );
        }
        if absolute_ttl.is_ok_and(|absolute| absolute > LONGEST_LIFE) {
            limits = reader.fault(
                "session.absolute_ttl",
                Wrong::new(
                    "is longer than the provider's refresh token lives",
                    "write 30d or less",
                ),
            );
        }
        if reader.is_strict() && store.as_ref().is_ok_and(StoreUrl::is_volatile) {
            reader.warn(
                "session.store",
                "is memory: every restart signs everybody out",
            );
        }
        limits?;
        Ok(Self {
            store: store?.in_directory(|path| reader.path(path)),
            keys: keys?,
            key_warmup: key_warmup?,
            idle_ttl: idle_ttl?,
            absolute_ttl: absolute_ttl?,
            max_per_user: max_per_user?,
            persistent_cookie: persistent_cookie?,
        })
    }
}

fn read_max_per_user(reader: &mut Reader) -> Checked<u32> {
    const KEY: &str = "session.max_per_user";
    // Limited because every login counts up to this many sessions of its user.
    const MOST: u32 = 10_000;
    let number = reader.whole_number(KEY)?;
    match u32::try_from(number) {
        Ok(small) if small <= MOST => Ok(small),
        _ => reader.fault(
            KEY,
            Wrong::new("is over 10000", "write less, or 0 for no limit"),
        ),
    }
}

/// Reads the sealing keys. [`KeySetting`](super::KeySetting) calls it without the other keys.
pub(super) fn read_keys(reader: &mut Reader) -> Checked<SealingKeys> {
    let keys = reader.list(KEYS, keys::parse)?;
    let repeated = keys
        .iter()
        .enumerate()
        .find(|(index, key)| keys[..*index].contains(key));
    if let Some((index, _)) = repeated {
        let wrong = Wrong::new("is there twice", "keep each key once, newest first");
        return reader.fault(KEYS, wrong.in_entry(index + 1));
    }
    if !keys.is_empty() {
        return Ok(SealingKeys::Given(keys));
    }
    if reader.is_strict() {
        let wrong = Wrong::new(
            "is needed in this profile",
            "make one with aihubmix-bff keygen and set SESSION_KEYS or SESSION_KEYS_FILE",
        );
        return reader.fault(KEYS, wrong);
    }
    Ok(SealingKeys::Generated {
        path: reader.path("data/session.key"),
    })
}

fn show_keys<S: Serializer>(keys: &SealingKeys, to: S) -> Result<S::Ok, S::Error> {
    match keys {
        SealingKeys::Given(keys) => to.collect_seq(keys.iter().map(|_| show::MASK)),
        SealingKeys::Generated { path } => {
            to.collect_str(&format_args!("generated into {}", path.display()))
        }
    }
}
