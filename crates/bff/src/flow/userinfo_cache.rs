//! The provider's last userinfo of each session, for pages that are requested while the provider is unavailable.

use std::time::Duration;

use moka::sync::Cache;

use crate::domain::provider::Json;
use crate::domain::{SessionKey, Timestamp, UserId};

/// Capacity of the cache of userinfo, in entries.
const REMEMBERED: u64 = 10_000;
/// Maximum size of an entry, in bytes. Documented userinfo takes a few hundred; with this limit a full cache takes at most 40 MB.
pub(super) const LARGEST_REMEMBERED: usize = 4 * 1024;
/// How much newer the same userinfo must be to be remembered again. Pages show its age in minutes.
const SAME_AGAIN: Duration = Duration::from_secs(10);
/// How long userinfo may be shown after it was received.
pub(super) const REMEMBERED_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// Cache of the provider's last userinfo, for pages that are requested while the provider is unavailable. A session reads only its own entry.
pub(super) struct UserInfoCache {
    of_sessions: Cache<SessionKey, (Json, Timestamp)>,
    /// What was last received of each user, to notice a change.
    of_users: Cache<UserId, Json>,
}

impl Default for UserInfoCache {
    fn default() -> Self {
        Self {
            of_sessions: Cache::builder()
                .max_capacity(REMEMBERED)
                .time_to_live(REMEMBERED_FOR)
                .build(),
            of_users: Cache::builder()
                .max_capacity(REMEMBERED)
                .time_to_live(REMEMBERED_FOR)
                .build(),
        }
    }
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
        let is_known = |(known, received_at): (Json, Timestamp)| {
            now.is_within(SAME_AGAIN, received_at) && known == *userinfo
        };
        if self.of_sessions.get(&key).is_some_and(is_known) {
            return;
        }
        if userinfo.size() <= LARGEST_REMEMBERED {
            self.of_sessions.insert(key, (userinfo.clone(), now));
        } else {
            self.of_sessions.invalidate(&key);
        }
    }

    /// Remembers what was received of a user. Returns whether it differs from what was received before.
    pub(super) fn is_news(&self, user: &UserId, userinfo: &Json) -> bool {
        let known = self.of_users.get(user);
        if known.as_ref() == Some(userinfo) {
            return false;
        }
        if userinfo.size() <= LARGEST_REMEMBERED {
            self.of_users.insert(user.clone(), userinfo.clone());
        } else {
            self.of_users.invalidate(user);
        }
        known.is_some()
    }

    /// Returns what the session received last, if that was within [`REMEMBERED_FOR`].
    pub(super) fn last_known(&self, key: &SessionKey, now: Timestamp) -> Option<KnownUserInfo> {
        let (userinfo, received_at) = self.of_sessions.get(key)?;
        let age = now.since(received_at);
        (age < REMEMBERED_FOR).then_some(KnownUserInfo { userinfo, age })
    }
}
