//! The provider's last userinfo of each session, for pages that are requested while the provider is unavailable.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hash, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::domain::provider::Json;
use crate::domain::{SessionKey, Timestamp, UserId};

/// Capacity of the cache of userinfo, in entries. Half of them are never evicted while they are in use.
const REMEMBERED: usize = 20_000;
/// Maximum size of an entry, in bytes. Documented userinfo takes a few hundred; with this limit a full cache takes at most 80 MB.
pub(super) const LARGEST_REMEMBERED: usize = 4 * 1024;
/// How much newer the same userinfo must be to be remembered again, so that many calls at once cause one write. A page that waits for a result asks
/// whether it is a few seconds old.
const SAME_AGAIN: Duration = Duration::from_secs(1);
/// How long userinfo may be shown after it was received.
pub(super) const REMEMBERED_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// Cache of the provider's last userinfo, for pages that are requested while the provider is unavailable. A session reads only its own entry.
#[derive(Default)]
pub(super) struct UserInfoCache {
    of_sessions: Mutex<Recent<SessionKey, Received>>,
    /// Hashes of each user and of what was last received of the user, to notice a change. The hashes are keyed, so that no two users can be made alike.
    of_users: Mutex<Recent<u64, u64>>,
    seed: RandomState,
}

/// The text of userinfo. It is parsed again when a page needs it, because parsed JSON takes more memory.
struct Received {
    text: Box<str>,
    at: Timestamp,
}

/// Userinfo that was received some time ago.
#[derive(Clone, Debug)]
pub struct KnownUserInfo {
    /// The provider's data at that time.
    pub userinfo: Json,
    /// The age of the data.
    pub age: Duration,
}

impl UserInfoCache {
    /// Remembers what a session received, or forgets the older data when this is too large to remember.
    pub(super) fn remember(&self, key: SessionKey, userinfo: &Json, now: Timestamp) {
        let mut of_sessions = lock(&self.of_sessions);
        let is_known = |known: &Received| {
            now.is_within(SAME_AGAIN, known.at) && *known.text == *userinfo.as_sent()
        };
        if of_sessions.get(&key).is_some_and(is_known) {
            return;
        }
        if userinfo.size() <= LARGEST_REMEMBERED {
            let text = userinfo.as_sent().into();
            of_sessions.insert(key, Received { text, at: now }, now);
        } else {
            of_sessions.remove(&key);
        }
    }

    /// Remembers what was received of a user. Returns whether it differs from what was received before.
    pub(super) fn is_news(&self, user: &UserId, userinfo: &Json, now: Timestamp) -> bool {
        let user = self.seed.hash_one(user);
        let received = self.seed.hash_one(userinfo.as_sent());
        let mut of_users = lock(&self.of_users);
        let known = of_users.get(&user).copied();
        if known == Some(received) {
            return false;
        }
        of_users.insert(user, received, now);
        known.is_some()
    }

    /// Returns what the session received last, if that was within [`REMEMBERED_FOR`].
    pub(super) fn last_known(&self, key: &SessionKey, now: Timestamp) -> Option<KnownUserInfo> {
        let of_sessions = lock(&self.of_sessions);
        let received = of_sessions.get(key)?;
        let is_recent = now.is_within(REMEMBERED_FOR, received.at);
        let userinfo = is_recent.then(|| Json::parse(&received.text))??;
        let age = now.since(received.at);
        Some(KnownUserInfo { userinfo, age })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The entries that were written last, at most [`REMEMBERED`]. When the newer half is full or a day old, the older one is cleared and the two are
/// swapped, so that eviction needs no search and no memory for each entry.
struct Recent<K, V> {
    newer: HashMap<K, V>,
    older: HashMap<K, V>,
    begun_at: Timestamp,
}

impl<K, V> Default for Recent<K, V> {
    fn default() -> Self {
        Self {
            newer: HashMap::new(),
            older: HashMap::new(),
            begun_at: Timestamp::from_millis(0),
        }
    }
}

impl<K: Eq + Hash, V> Recent<K, V> {
    fn get(&self, key: &K) -> Option<&V> {
        self.newer.get(key).or_else(|| self.older.get(key))
    }

    fn insert(&mut self, key: K, value: V, now: Timestamp) {
        let is_full = self.newer.len() >= REMEMBERED / 2 && !self.newer.contains_key(&key);
        if is_full || !now.is_within(REMEMBERED_FOR, self.begun_at) {
            std::mem::swap(&mut self.newer, &mut self.older);
            self.newer.clear();
            self.begun_at = now;
        }
        self.older.remove(&key);
        self.newer.insert(key, value);
    }

    fn remove(&mut self, key: &K) {
        self.newer.remove(key);
        self.older.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_entries_written_last_stay_and_others_leave() {
        let (mut recent, start) = (Recent::default(), Timestamp::from_millis(0));
        for key in 0..3 * REMEMBERED {
            recent.insert(key, key, start);
            recent.insert(0, key, start);
            assert!(recent.newer.len() + recent.older.len() <= REMEMBERED);
        }
        assert_eq!(recent.get(&0), Some(&(3 * REMEMBERED - 1)), "in use");
        assert_eq!(recent.get(&1), None);
        let kept = (5 * REMEMBERED / 2 + 1)..3 * REMEMBERED;
        assert!(kept.into_iter().all(|key| recent.get(&key) == Some(&key)));

        recent.remove(&0);
        assert_eq!(recent.get(&0), None);
        for days in [1, 2] {
            let later = start.plus(REMEMBERED_FOR * days);
            recent.insert(0, 0, later);
        }
        assert_eq!(recent.newer.len() + recent.older.len(), 1);
    }

    #[test]
    fn only_a_change_of_what_a_user_is_is_news() {
        let (cache, now) = (UserInfoCache::default(), Timestamp::from_millis(0));
        let json = |text| Json::parse(text).unwrap();
        let [one, other] = ["1", "2"].map(|id| UserId::new(id.to_owned()));
        assert!(!cache.is_news(&one, &json("{\"quota\":1}"), now), "first");
        assert!(!cache.is_news(&one, &json("{\"quota\":1}"), now));
        assert!(!cache.is_news(&other, &json("{\"quota\":2}"), now), "first");
        assert!(cache.is_news(&one, &json("{\"quota\":2}"), now));
        assert!(!cache.is_news(&one, &json("{\"quota\":2}"), now));
    }
}
