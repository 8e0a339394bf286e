//! Opened sessions in memory, so that an unchanged record is not unsealed, and from SQLite not even read, for each request.
//!
//! An entry is served only after the store has shown that the record is unchanged: by its [`ChangeMark`], or by a record with the same contents. So
//! a session that another process ended is never served from memory. Entries are bounded in bytes, and are not served when they were not used for a minute
//! ([`entries`](super::entries)).

use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use super::entries::{Entries, Entry, IDLE, Place, Seen};
use crate::record::Record;
use bff_core::{Session, SessionKey};

/// Opened sessions, by key.
#[derive(Clone)]
pub(super) struct SessionCache {
    entries: Arc<Mutex<Entries>>,
    seed: RandomState,
}

impl SessionCache {
    pub fn new() -> Self {
        Self {
            entries: Arc::default(),
            seed: RandomState::new(),
        }
    }

    /// Returns the session if the whole store is unchanged since its record was read.
    pub fn unchanged(&self, key: &SessionKey, seen: Seen) -> Option<Arc<Session>> {
        seen.mark?;
        let mut entries = self.entries();
        let entry = entries.used(key, Instant::now())?;
        (entry.seen == seen).then(|| Arc::clone(&entry.session))
    }

    /// Returns the opened form of `record`: from memory if it was opened before, otherwise by `open`.
    pub fn session(
        &self,
        record: Record,
        seen: Seen,
        open: impl FnOnce(Record) -> Option<Session>,
    ) -> Option<Arc<Session>> {
        let now = Instant::now();
        let place = self.entries().place(&record.key, now);
        let known = match place {
            Place::None => return open(record).map(Arc::new),
            Place::Free => None,
            Place::Taken(entry) => Some(entry),
        };
        let contents = self.contents(&record);
        let known =
            known.filter(|entry| entry.contents == contents && entry.seen.keys == seen.keys);
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
        self.entries().insert(Entry {
            session: Arc::clone(&session),
            contents,
            seen,
            used_at: now,
        });
        Some(session)
    }

    /// Removes a session that changes or ends, so that its tokens leave the memory.
    pub fn remove(&self, key: &SessionKey) {
        self.entries().remove(key);
    }

    /// Frees the memory of entries that were not used for a minute.
    pub fn drop_unused(&self) {
        self.entries().drop_unused(IDLE, 0, Instant::now());
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
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

#[cfg(test)]
mod tests {
    use bff_core::Timestamp;

    use super::super::entries::tests::{TOKEN, session};
    use super::super::entries::{MOST_BYTES, OVERHEAD};
    use super::*;
    use crate::store::ChangeMark;

    #[test]
    fn more_sessions_than_the_memory_holds_are_opened_each_time() {
        let cache = SessionCache::new();
        let now = Timestamp::from_millis(1);
        let seen = Seen {
            mark: Some(ChangeMark(1)),
            keys: 0,
        };
        let held = MOST_BYTES / (OVERHEAD + TOKEN);
        let keys = (0..2 * held).map(|_| {
            let session = session();
            let key = session.key;
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
            assert!(cache.session(record, seen, |_| Some(session)).is_some());
            key
        });
        let keys: Vec<SessionKey> = keys.collect();
        let is_held = |key: &SessionKey| cache.unchanged(key, seen).is_some();
        assert!(keys[..held].iter().all(is_held));
        assert!(!keys[held..].iter().any(is_held));
    }
}
