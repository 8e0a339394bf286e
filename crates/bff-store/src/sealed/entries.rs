//! The map behind the cache of opened sessions: bounded in bytes, and without evictions of what is in use.
//!
//! A full map takes no new session while all of its sessions were used within the last 10 seconds. Otherwise, when more sessions are in use than it holds, each call would put one
//! session in and another one out, and would find none.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::store::ChangeMark;
use bff_core::{Session, SessionKey};

/// Bound on the memory of all entries, in bytes: about 12,000 sessions with tokens of 800 bytes.
pub(super) const MOST_BYTES: usize = 16 * 1024 * 1024;
/// Time after which an unused entry is not served any more: 60 seconds. It leaves with the next sweep, so that tokens do not stay in memory.
pub(super) const IDLE: Duration = Duration::from_secs(60);
/// Time after which an unused entry may leave a full map: 10 seconds.
pub(super) const IDLE_WHEN_FULL: Duration = Duration::from_secs(10);
/// Shortest time between two searches of a full map for unused entries: 1 second. A search takes less than a millisecond.
const BETWEEN_SEARCHES: Duration = Duration::from_secs(1);
/// How much a search of a full map leaves in it, in bytes: 15/16. With more room, sessions that are used every half minute would leave together.
const LEFT_WHEN_FULL: usize = MOST_BYTES / 16 * 15;
/// Memory of an entry in addition to the text in it, in bytes: an estimate of its structs, its place in the map, and what the allocator adds.
pub(super) const OVERHEAD: usize = 600;

/// Opened sessions, by key.
#[derive(Default)]
pub(super) struct Entries {
    by_key: HashMap<SessionKey, Entry>,
    bytes: usize,
    searched_at: Option<Instant>,
}

/// An opened session.
#[derive(Clone)]
pub(super) struct Entry {
    pub session: Arc<Session>,
    /// The hash of its record.
    pub contents: u64,
    /// The conditions under which it was opened.
    pub seen: Seen,
    pub used_at: Instant,
}

/// The conditions under which an entry was made. It is valid while they hold.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    /// The state of the store before the record was read; `None` when the store cannot tell it.
    pub mark: Option<ChangeMark>,
    /// The generation of the key ring that opened the record.
    pub keys: u64,
}

/// What the map has for a session.
pub(super) enum Place {
    /// Its entry.
    Taken(Entry),
    /// Room for it.
    Free,
    /// No room.
    None,
}

impl Entries {
    /// Returns the entry of a session that was used within the last minute, and notes that it is used now.
    pub fn used(&mut self, key: &SessionKey, now: Instant) -> Option<&Entry> {
        let entry = self.by_key.get_mut(key)?;
        if now.saturating_duration_since(entry.used_at) >= IDLE {
            return None;
        }
        entry.used_at = now;
        Some(entry)
    }

    /// Returns the place of a session.
    pub fn place(&mut self, key: &SessionKey, now: Instant) -> Place {
        if let Some(entry) = self.used(key, now) {
            return Place::Taken(entry.clone());
        }
        self.make_room(now);
        if self.bytes < MOST_BYTES {
            Place::Free
        } else {
            Place::None
        }
    }

    /// Puts an entry in the place of the former one of the same session, if there is room for it.
    pub fn insert(&mut self, entry: Entry) {
        let (key, bytes) = (entry.session.key, size(&entry.session));
        self.remove(&key);
        if self.bytes + bytes <= MOST_BYTES {
            self.bytes += bytes;
            self.by_key.insert(key, entry);
        }
    }

    /// Removes an entry.
    pub fn remove(&mut self, key: &SessionKey) {
        if let Some(former) = self.by_key.remove(key) {
            self.bytes -= size(&former.session);
        }
    }

    /// Removes entries that were not used for this time until at most `left` bytes are left, and frees their memory.
    pub fn drop_unused(&mut self, idle: Duration, left: usize, now: Instant) {
        let bytes = &mut self.bytes;
        self.by_key.retain(|_, entry| {
            let is_in_use = now.saturating_duration_since(entry.used_at) < idle;
            let stays = is_in_use || *bytes <= left;
            if !stays {
                *bytes -= size(&entry.session);
            }
            stays
        });
        self.by_key.shrink_to(self.by_key.len() * 2);
    }

    fn make_room(&mut self, now: Instant) {
        let is_due = |at: Instant| now.saturating_duration_since(at) >= BETWEEN_SEARCHES;
        // Almost full, because the next session may be larger than the rest.
        if self.bytes + MOST_BYTES / 64 >= MOST_BYTES && self.searched_at.is_none_or(is_due) {
            self.searched_at = Some(now);
            self.drop_unused(IDLE_WHEN_FULL, LEFT_WHEN_FULL, now);
        }
    }
}

/// Returns about how many bytes an entry takes.
fn size(session: &Session) -> usize {
    let tokens = &session.tokens;
    let refresh_token = tokens.refresh_token.as_ref();
    let app_data = &session.app_data;
    let user = &session.user;
    OVERHEAD
        + user.id.as_ref().map_or(0, |id| id.as_str().len())
        + user.username.as_ref().map_or(0, String::len)
        + tokens.access_token.reveal().len()
        + refresh_token.map_or(0, |token| token.reveal().len())
        + tokens.scope.as_ref().map_or(0, String::len)
        + session.device.len()
        + app_data
            .iter()
            .map(|(name, value)| name.len() + value.len())
            .sum::<usize>()
}

#[cfg(test)]
pub(super) mod tests {
    use bff_core::{AccessToken, SessionHash, SessionId, SystemEntropy, Timestamp, TokenSet, User};

    use super::*;

    /// Length of the access token of [`session`], in bytes.
    pub const TOKEN: usize = 1_000;
    const SESSIONS: usize = MOST_BYTES / (OVERHEAD + TOKEN);

    /// Returns a session with a key of its own.
    pub fn session() -> Session {
        let now = Timestamp::from_millis(1);
        Session {
            key: SessionKey::from_id(&SessionId::random(&SystemEntropy)),
            hash: SessionHash::default(),
            user: User::default(),
            device: String::new(),
            created_at: now,
            last_seen_at: now,
            absolute_expires_at: now,
            tokens: TokenSet {
                access_token: AccessToken::new("a".repeat(TOKEN)),
                refresh_token: None,
                scope: None,
                obtained_at: now,
                expires_at: now,
            },
            version: 1,
            app_data: std::collections::BTreeMap::new(),
        }
    }

    fn entry(used_at: Instant) -> Entry {
        Entry {
            session: Arc::new(session()),
            contents: 0,
            seen: Seen {
                mark: None,
                keys: 0,
            },
            used_at,
        }
    }

    /// Returns full entries, and the keys in it.
    fn full(now: Instant) -> (Entries, Vec<SessionKey>) {
        let mut entries = Entries::default();
        let keys = (0..SESSIONS).map(|_| {
            let entry = entry(now);
            let key = entry.session.key;
            assert!(matches!(entries.place(&key, now), Place::Free));
            entries.insert(entry);
            key
        });
        let keys = keys.collect();
        (entries, keys)
    }

    #[test]
    fn sessions_in_use_keep_their_places_and_others_take_those_of_unused_ones() {
        let start = Instant::now();
        let (mut entries, keys) = full(start);
        let later = start + IDLE_WHEN_FULL;
        assert!(
            keys[1..]
                .iter()
                .all(|key| entries.used(key, later).is_some())
        );
        let (one, other) = (entry(later), entry(later));
        let key = other.session.key;
        assert!(matches!(entries.place(&key, later), Place::Free));
        entries.insert(one);
        entries.insert(other);
        assert!(entries.used(&keys[0], later).is_none(), "unused");
        assert!(entries.used(&key, later).is_none(), "no room");
        assert!(
            keys[1..]
                .iter()
                .all(|key| entries.used(key, later).is_some())
        );
        assert!(entries.bytes <= MOST_BYTES);
        assert_eq!(entries.by_key.len(), SESSIONS);
    }

    #[test]
    fn a_full_map_makes_only_little_room_at_once() {
        let start = Instant::now();
        let (mut entries, keys) = full(start);
        let later = start + IDLE_WHEN_FULL;
        let place = entries.place(&entry(later).session.key, later);
        assert!(matches!(place, Place::Free));
        assert!((SESSIONS * 7 / 8..SESSIONS).contains(&entries.by_key.len()));
        let held = keys.iter().filter(|key| entries.used(key, later).is_some());
        assert_eq!(held.count(), entries.by_key.len());
    }

    #[test]
    fn an_entry_that_is_replaced_or_removed_leaves_its_room() {
        let now = Instant::now();
        let (mut entries, keys) = full(now);
        let bytes = entries.bytes;
        let again = entries.used(&keys[0], now).cloned().unwrap();
        entries.insert(again);
        assert_eq!(entries.bytes, bytes);
        keys.iter().for_each(|key| entries.remove(key));
        assert_eq!((entries.bytes, entries.by_key.len()), (0, 0));
    }

    #[test]
    fn an_entry_that_is_not_used_for_a_minute_is_not_served_and_leaves() {
        let start = Instant::now();
        let mut entries = Entries::default();
        let (one, other) = (entry(start), entry(start));
        let keys = [one.session.key, other.session.key];
        entries.insert(one);
        entries.insert(other);
        let (almost, later) = (start + IDLE / 2, start + IDLE);
        assert!(entries.used(&keys[1], almost).is_some());
        assert!(entries.used(&keys[0], later).is_none());
        entries.drop_unused(IDLE, 0, later);
        assert_eq!(entries.by_key.len(), 1);
        assert!(entries.used(&keys[1], later).is_some());
        entries.drop_unused(IDLE, 0, later + IDLE);
        assert_eq!((entries.bytes, entries.by_key.capacity()), (0, 0));
    }
}
