//! Limits the concurrent calls to one upstream: those of all users, of each user, and of each session. A call over a limit is refused and does not wait.
//!
//! A user gets a permit only while they hold fewer permits than are free. So one user, with any number of sessions, takes at most half of the
//! permits, a second user half of the rest, and some are left for the next (dynamic thresholds; Choudhury and Hahne, 1998).

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::error::UpstreamError;
use crate::domain::{SessionKey, User, UserId};

/// The permits of one upstream.
pub(super) struct InFlightLimit {
    most: usize,
    most_of_session: usize,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    all: usize,
    of_sessions: Counts<SessionKey>,
    of_users: Counts<Owner>,
}

/// The user that a call is counted for.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Owner {
    Id(UserId),
    /// For a provider that sends no user id.
    Name(String),
    /// For a provider that sends neither. Its sessions cannot be assigned to a user, so each counts alone.
    Session(SessionKey),
}

impl Owner {
    fn new(session: SessionKey, user: &User) -> Self {
        let name = user.username.as_ref().filter(|name| !name.is_empty());
        match (&user.id, name) {
            (Some(id), _) => Self::Id(id.clone()),
            (None, Some(name)) => Self::Name(name.clone()),
            (None, None) => Self::Session(session),
        }
    }
}

/// A permit for one call. Dropping it frees it.
pub struct Permit {
    limit: Arc<InFlightLimit>,
    session: SessionKey,
    owner: Owner,
}

impl InFlightLimit {
    /// Creates `most` permits, of which one session gets at most `most_of_session`.
    pub(super) fn new(most: u64, most_of_session: u64) -> Arc<Self> {
        Arc::new(Self {
            most: usize::try_from(most).unwrap_or(usize::MAX),
            most_of_session: usize::try_from(most_of_session).unwrap_or(usize::MAX),
            taken: Mutex::default(),
        })
    }

    /// Reserves a permit for a call of this session.
    pub(super) fn reserve(
        self: &Arc<Self>,
        session: SessionKey,
        user: &User,
    ) -> Result<Permit, UpstreamError> {
        let owner = Owner::new(session, user);
        let mut taken = self.lock();
        let free = self.most.saturating_sub(taken.all);
        if taken.of_sessions.get(&session) >= self.most_of_session {
            return Err(UpstreamError::Crowded);
        }
        if free == 0 {
            return Err(UpstreamError::Busy);
        }
        if taken.of_users.get(&owner) >= free {
            return Err(UpstreamError::ShareTaken);
        }
        taken.all += 1;
        taken.of_sessions.add(session);
        taken.of_users.add(owner.clone());
        Ok(Permit {
            limit: Arc::clone(self),
            session,
            owner,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        // A poisoned lock is safe to use, because no code under the lock panics half-way.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut taken = self.limit.lock();
        taken.all = taken.all.saturating_sub(1);
        taken.of_sessions.remove(&self.session);
        taken.of_users.remove(&self.owner);
    }
}

/// Number of permits per key. A key without permits has no entry.
struct Counts<K>(HashMap<K, usize>);

impl<K> Default for Counts<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Eq + Hash> Counts<K> {
    fn get(&self, key: &K) -> usize {
        self.0.get(key).copied().unwrap_or_default()
    }

    fn add(&mut self, key: K) {
        *self.0.entry(key).or_default() += 1;
    }

    fn remove(&mut self, key: &K) {
        match self.0.get_mut(key) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(self.0.remove(key)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANY: u64 = 1_000;

    fn session(nth: u8) -> SessionKey {
        SessionKey::from_bytes([nth; 32])
    }

    fn user(id: Option<&str>, name: Option<&str>) -> User {
        User {
            id: id.map(UserId::new),
            username: name.map(str::to_owned),
        }
    }

    /// Takes as many permits as this user gets with this session. Returns them, and the reason why there are no more.
    fn take(limit: &Arc<InFlightLimit>, nth: u8, user: &User) -> (Vec<Permit>, UpstreamError) {
        let mut taken = Vec::new();
        loop {
            match limit.reserve(session(nth), user) {
                Ok(permit) => taken.push(permit),
                Err(error) => return (taken, error),
            }
        }
    }

    #[test]
    fn no_user_takes_all_places_of_any_number_but_one() {
        let (ada, grace) = (user(Some("1"), None), user(Some("2"), None));
        for most in 2..=256 {
            let limit = InFlightLimit::new(most, MANY);
            let (own, why) = take(&limit, 1, &ada);
            assert_eq!(
                (own.len() as u64, why),
                (most.div_ceil(2), UpstreamError::ShareTaken)
            );
            // Another session of the same user gets nothing, and another user does.
            assert!(take(&limit, 2, &ada).0.is_empty(), "{most}");
            assert!(!take(&limit, 3, &grace).0.is_empty(), "{most}");
        }
        let limit = InFlightLimit::new(1, MANY);
        let (own, why) = take(&limit, 1, &ada);
        assert_eq!((own.len(), why), (1, UpstreamError::Busy));
        assert_eq!(take(&limit, 1, &grace).1, UpstreamError::Busy);
    }

    #[test]
    fn each_further_user_leaves_places_to_the_next() {
        let limit = InFlightLimit::new(256, MANY);
        let mut held = Vec::new();
        for (nth, expected) in (1..).zip([128, 64, 32, 16, 8, 4, 2, 1, 1]) {
            let (own, _) = take(&limit, nth, &user(Some(&nth.to_string()), None));
            assert_eq!(own.len(), expected, "user {nth}");
            held.push(own);
        }
        assert_eq!(
            take(&limit, 99, &user(Some("99"), None)).1,
            UpstreamError::Busy
        );
        // Freed permits are available again, and a user without calls has no entry.
        held.clear();
        let taken = limit.lock();
        assert_eq!(taken.all, 0);
        assert!(taken.of_sessions.0.is_empty() && taken.of_users.0.is_empty());
    }

    #[test]
    fn a_session_has_a_limit_of_its_own_within_that_of_its_user() {
        let limit = InFlightLimit::new(16, 3);
        let ada = user(Some("1"), None);
        let (first, why) = take(&limit, 1, &ada);
        assert_eq!((first.len(), why), (3, UpstreamError::Crowded));
        let (second, why) = take(&limit, 2, &ada);
        assert_eq!((second.len(), why), (3, UpstreamError::Crowded));
        let (third, why) = take(&limit, 3, &ada);
        assert_eq!((third.len(), why), (2, UpstreamError::ShareTaken));
    }

    #[test]
    fn users_without_an_id_are_distinguished_by_name_and_then_by_session() {
        for (first, second, is_one) in [
            ((Some("1"), Some("ada")), (Some("1"), Some("other")), true),
            ((Some("1"), Some("ada")), (Some("2"), Some("ada")), false),
            ((None, Some("ada")), (None, Some("ada")), true),
            ((None, Some("ada")), (None, Some("grace")), false),
            // An id and a name with the same text are different users.
            ((Some("ada"), None), (None, Some("ada")), false),
            ((None, None), (None, None), false),
            ((None, Some("")), (None, Some("")), false),
        ] {
            let limit = InFlightLimit::new(8, MANY);
            let (first, second) = (user(first.0, first.1), user(second.0, second.1));
            let (own, _) = take(&limit, 1, &first);
            assert_eq!(own.len(), 4);
            let (others, _) = take(&limit, 2, &second);
            assert_eq!(others.is_empty(), is_one, "{first:?} {second:?}");
        }
    }
}
