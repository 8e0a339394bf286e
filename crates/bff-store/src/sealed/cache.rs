//! Opened sessions in memory, so that an unchanged record is not unsealed, and from SQLite not even read, for each request.
//!
//! An entry is served only after the store has shown that the record is unchanged: by its [`ChangeMark`], or by a record with the same contents. So
//! a session that another process ended is never served from memory. Entries are bounded in bytes, and leave when they are not used for a minute.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;

use crate::record::Record;
use crate::store::ChangeMark;
use bff_core::{Session, SessionKey};

/// Bound on the memory of all entries, in bytes: a few thousand sessions.
const MOST_BYTES: u64 = 4 * 1024 * 1024;
/// Time after which an unused entry leaves, so that tokens do not stay in memory: 60 seconds.
const IDLE: Duration = Duration::from_secs(60);
/// Memory of an entry in addition to the text in it, in bytes: an estimate of its structs and of the bookkeeping of the cache.
const OVERHEAD: usize = 700;

/// Opened sessions, by key.
#[derive(Clone)]
pub(super) struct SessionCache {
    entries: Cache<SessionKey, Entry>,
    seed: RandomState,
}

/// The conditions under which an entry was made. It is valid while they hold.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    /// The state of the store before the record was read; `None` when the store cannot tell it.
    pub mark: Option<ChangeMark>,
    /// The generation of the key ring that opened the record.
    pub keys: u64,
}

#[derive(Clone)]
struct Entry {
    session: Arc<Session>,
    contents: u64,
    seen: Seen,
}

impl SessionCache {
    pub fn new() -> Self {
        Self {
            entries: Cache::builder()
                .max_capacity(MOST_BYTES)
                .weigher(|_, entry: &Entry| size(&entry.session))
                .time_to_idle(IDLE)
                .build(),
            seed: RandomState::new(),
        }
    }

    /// Returns the session if the whole store is unchanged since its record was read.
    pub fn unchanged(&self, key: &SessionKey, seen: Seen) -> Option<Arc<Session>> {
        seen.mark?;
        let entry = self.entries.get(key)?;
        (entry.seen == seen).then_some(entry.session)
    }

    /// Returns the opened form of `record`: from memory if it was opened before, otherwise by `open`.
    pub fn session(
        &self,
        record: Record,
        seen: Seen,
        open: impl FnOnce(Record) -> Option<Session>,
    ) -> Option<Arc<Session>> {
        let (key, contents) = (record.key, self.contents(&record));
        let known = self
            .entries
            .get(&key)
            .filter(|entry| entry.contents == contents && entry.seen.keys == seen.keys);
        let session = match known {
            Some(entry) if entry.session.last_seen_at == record.last_seen_at => {
                if seen.mark.is_none() {
                    return Some(entry.session);
                }
                entry.session
            }
            Some(entry) => Arc::new(Session {
                last_seen_at: record.last_seen_at,
                ..Session::clone(&entry.session)
            }),
            None => Arc::new(open(record)?),
        };
        let entry = Entry {
            session: Arc::clone(&session),
            contents,
            seen,
        };
        self.entries.insert(key, entry);
        Some(session)
    }

    /// Removes a session that changes or ends, so that its tokens leave the memory.
    pub fn remove(&self, key: &SessionKey) {
        self.entries.invalidate(key);
    }

    /// Frees the memory of entries that were not used for a minute. The cache does this by itself only while it is used.
    pub fn drop_unused(&self) {
        self.entries.run_pending_tasks();
    }

    /// Hashes everything in a record but the time of its last use. The hash is keyed, so that an attacker who can write to the store cannot make
    /// two records alike.
    fn contents(&self, record: &Record) -> u64 {
        self.seed.hash_one((
            &record.user,
            record.created_at.as_millis(),
            record.absolute_expires_at.as_millis(),
            record.version,
            &record.profile,
            &record.tokens,
            &record.app_data,
        ))
    }
}

fn size(session: &Session) -> u32 {
    let tokens = &session.tokens;
    let refresh_token = tokens.refresh_token.as_ref();
    let app_data = &session.app_data;
    let text = tokens.access_token.reveal().len()
        + refresh_token.map_or(0, |token| token.reveal().len())
        + tokens.scope.as_ref().map_or(0, String::len)
        + session.device.len()
        + app_data
            .iter()
            .map(|(name, value)| name.len() + value.len())
            .sum::<usize>();
    u32::try_from(OVERHEAD + text).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use bff_core::{AccessToken, SessionHash, SessionId, SystemEntropy, Timestamp, TokenSet, User};

    use super::*;

    #[test]
    fn the_memory_of_opened_sessions_is_bounded() {
        let cache = SessionCache::new();
        let now = Timestamp::from_millis(1);
        let seen = Seen {
            mark: Some(ChangeMark(1)),
            keys: 0,
        };
        let count = 4 * MOST_BYTES / (OVERHEAD as u64 + 1_000);
        for _ in 0..count {
            let key = SessionKey::from_id(&SessionId::random(&SystemEntropy));
            let record = Record {
                key,
                user: None,
                created_at: now,
                last_seen_at: now,
                absolute_expires_at: now,
                version: 1,
                ended: None,
                profile: Vec::new(),
                tokens: Vec::new(),
                app_data: Vec::new(),
            };
            let session = Session {
                key,
                hash: SessionHash::default(),
                user: User::default(),
                device: String::new(),
                created_at: now,
                last_seen_at: now,
                absolute_expires_at: now,
                tokens: TokenSet {
                    access_token: AccessToken::new("a".repeat(1_000)),
                    refresh_token: None,
                    scope: None,
                    obtained_at: now,
                    expires_at: now,
                },
                version: 1,
                app_data: std::collections::BTreeMap::new(),
            };
            assert!(cache.session(record, seen, |_| Some(session)).is_some());
        }
        cache.drop_unused();
        assert!(cache.entries.weighted_size() <= MOST_BYTES);
        assert!((1..count / 2).contains(&cache.entries.entry_count()));
    }
}
