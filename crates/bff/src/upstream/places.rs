//! How many calls to one upstream are under way, of all sessions and of each. Nobody waits for a place.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::error::UpstreamError;
use crate::domain::SessionKey;

/// The places of one upstream.
pub(super) struct Places {
    most: usize,
    most_of_one: usize,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    all: usize,
    by: HashMap<SessionKey, usize>,
}

/// One of them, until it is dropped.
pub struct Place {
    places: Arc<Places>,
    by: SessionKey,
}

impl Places {
    /// So many for all, and so many for one session.
    pub(super) fn new(most: u64, most_of_one: u64) -> Arc<Self> {
        Arc::new(Self {
            most: usize::try_from(most).unwrap_or(usize::MAX),
            most_of_one: usize::try_from(most_of_one).unwrap_or(usize::MAX),
            taken: Mutex::default(),
        })
    }

    /// A place for this session.
    pub(super) fn enter(self: &Arc<Self>, session: SessionKey) -> Result<Place, UpstreamError> {
        let mut taken = self.lock();
        let own = taken.by.get(&session).copied().unwrap_or_default();
        if own >= self.most_of_one {
            return Err(UpstreamError::Crowded);
        }
        if taken.all >= self.most {
            return Err(UpstreamError::Busy);
        }
        taken.all += 1;
        taken.by.insert(session, own + 1);
        Ok(Place {
            places: Arc::clone(self),
            by: session,
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
        match taken.by.get_mut(&self.by) {
            Some(own) if *own > 1 => *own -= 1,
            _ => drop(taken.by.remove(&self.by)),
        }
    }
}
