//! Limits the calls to one upstream that are under way: those of all users, of each user, and of each session. No call waits for a place.
//!
//! A user takes a place only while they have fewer than are free. So one user, with however many sessions, takes half of them at most, a second one half of
//! what is left, and some are left for the next (dynamic thresholds; Choudhury and Hahne, 1998).

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::error::UpstreamError;
use crate::domain::{Session, SessionKey, UserId};

/// The places of one upstream.
pub(super) struct Places {
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

/// Who sessions are counted for.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Owner {
    Id(UserId),
    /// Of a provider that gives no id.
    Name(String),
    /// Of a provider that gives neither, so its sessions cannot be told to belong together.
    Session(SessionKey),
}

impl Owner {
    fn new(session: &Session) -> Self {
        let user = &session.user;
        let name = user.username.as_ref().filter(|name| !name.is_empty());
        match (&user.id, name) {
            (Some(id), _) => Self::Id(id.clone()),
            (None, Some(name)) => Self::Name(name.clone()),
            (None, None) => Self::Session(session.key),
        }
    }
}

/// One of the places, until it is dropped.
pub struct Place {
    places: Arc<Places>,
    session: SessionKey,
    owner: Owner,
}

impl Places {
    /// So many for all, and so many for one session.
    pub(super) fn new(most: u64, most_of_session: u64) -> Arc<Self> {
        Arc::new(Self {
            most: usize::try_from(most).unwrap_or(usize::MAX),
            most_of_session: usize::try_from(most_of_session).unwrap_or(usize::MAX),
            taken: Mutex::default(),
        })
    }

    /// Takes a place for a call of this session.
    pub(super) fn enter(self: &Arc<Self>, session: &Session) -> Result<Place, UpstreamError> {
        let owner = Owner::new(session);
        let mut taken = self.lock();
        let free = self.most.saturating_sub(taken.all);
        if taken.of_sessions.get(&session.key) >= self.most_of_session {
            return Err(UpstreamError::Crowded);
        }
        if free == 0 {
            return Err(UpstreamError::Busy);
        }
        if taken.of_users.get(&owner) >= free {
            return Err(UpstreamError::ShareTaken);
        }
        taken.all += 1;
        taken.of_sessions.add(session.key);
        taken.of_users.add(owner.clone());
        Ok(Place {
            places: Arc::clone(self),
            session: session.key,
            owner,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        // Nothing under the lock panics half-way.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        taken.all = taken.all.saturating_sub(1);
        taken.of_sessions.remove(&self.session);
        taken.of_users.remove(&self.owner);
    }
}

/// How many places each of these has; a key without places is not in it.
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
