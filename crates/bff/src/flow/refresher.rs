//! What the steps of a refresh share: the parts, the tasks that are under way, the intervals of waiting, and the reading of a session.

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;

use super::error::FlowError;
use super::parts::Parts;
use super::single_flight::SingleFlight;
use crate::domain::{Session, SessionKey, Timestamp};
use crate::store::Loaded;

/// First interval between two reads of the session by a replica that waits for the holder of the lease. Each further interval is a quarter longer,
/// up to [`LONGEST_POLL_INTERVAL`], because a thousand sessions that wait for a slow provider would otherwise keep the store too busy to renew the
/// leases.
pub(super) const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// Longest interval between two reads of the session by a waiting replica.
pub(super) const LONGEST_POLL_INTERVAL: Duration = Duration::from_millis(500);
/// Longest time that a replica waits for another's refresh. No holder takes that long. Requests wait for `Parts::refresh_wait` only.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(120);
/// Back-off after a failed refresh ahead of expiry: no further background refresh starts for this time.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(5);
/// Capacity, in sessions, of the cache of back-offs.
const PAUSES: u64 = 10_000;

/// Renews the tokens of sessions.
#[derive(Clone)]
pub(super) struct Refresher {
    pub(super) parts: Arc<Parts>,
    pub(super) flights: Arc<SingleFlight<SessionKey, Result<Session, FlowError>>>,
    /// Sessions whose refresh ahead of expiry failed within [`PAUSE_AFTER_FAILURE`].
    pub(super) paused: Cache<SessionKey, ()>,
}

impl Refresher {
    pub(super) fn new(parts: Arc<Parts>) -> Self {
        Self {
            flights: Arc::new(SingleFlight::new(parts.tasks.clone())),
            paused: Cache::builder()
                .max_capacity(PAUSES)
                .time_to_live(PAUSE_AFTER_FAILURE)
                .build(),
            parts,
        }
    }

    /// Returns the time since `begun`. Restarts the count when the clock was set back meanwhile.
    pub(super) fn time_since(&self, begun: &mut Timestamp) -> Duration {
        let now = self.parts.clock.now();
        *begun = now.min(*begun);
        now.since(*begun)
    }

    /// Returns whether a refresh that starts now can finish before the program must exit, because an interrupted refresh loses the session's only
    /// token.
    pub(super) fn has_time_to_spend(&self) -> bool {
        let left = self.parts.tasks.time_left();
        left.is_none_or(|left| left >= self.parts.provider.refresh_timeout())
    }

    pub(super) async fn read(&self, key: &SessionKey) -> Result<Session, FlowError> {
        match self.parts.store.load(key).await.map_err(FlowError::store)? {
            Loaded::Live(session) => Ok(Arc::unwrap_or_clone(session)),
            Loaded::Ended(cause) => Err(FlowError::SessionEnded(cause)),
            Loaded::Unknown => Err(FlowError::NotAuthenticated),
        }
    }
}
