//! What the steps of a refresh share: what they need, the tasks that are under way, and the intervals of waiting.

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;

use super::error::FlowError;
use super::revoke::Revoker;
use super::single_flight::{SingleFlight, Tasks};
use crate::domain::{Clock, Entropy, Session, SessionKey, Timestamp};
use crate::provider::Provider;
use crate::store::SealedStore;

/// First interval between two reads of the session by a replica that waits for the holder of the lease. Each further interval is a quarter longer,
/// up to [`LONGEST_POLL_INTERVAL`], because a thousand sessions that wait for a slow provider would otherwise keep the store too busy to renew the
/// leases.
pub(super) const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// Longest interval between two reads of the session by a waiting replica.
pub(super) const LONGEST_POLL_INTERVAL: Duration = Duration::from_millis(500);
/// Longest time that a replica waits for another's refresh. No holder takes that long. Requests wait for `Refresher::wait` only.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(120);
/// Back-off after a failed refresh ahead of expiry: no further background refresh starts for this time.
pub(super) const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(5);
/// Capacity, in sessions, of the cache of back-offs.
pub(super) const PAUSES: u64 = 10_000;

/// Renews the tokens of sessions.
pub struct Refresher {
    pub(super) store: SealedStore,
    pub(super) provider: Arc<Provider>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) tasks: Tasks,
    pub(super) revoker: Revoker,
    /// How long a request waits for a refresh. The refresh itself continues after that.
    pub(super) wait: Duration,
    pub(super) flights: SingleFlight<SessionKey, Result<Session, FlowError>>,
    /// Sessions whose refresh ahead of expiry failed within [`PAUSE_AFTER_FAILURE`].
    pub(super) paused: Cache<SessionKey, ()>,
}

impl Refresher {
    /// Returns the time since `begun`. Restarts the count when the clock was set back meanwhile.
    pub(super) fn time_since(&self, begun: &mut Timestamp) -> Duration {
        let now = self.clock.now();
        *begun = now.min(*begun);
        now.since(*begun)
    }

    /// Returns whether a refresh that starts now can finish before the program must exit, because an interrupted refresh loses the session's only
    /// token.
    pub(super) fn has_time_to_spend(&self) -> bool {
        let left = self.tasks.time_left();
        left.is_none_or(|left| left >= self.provider.refresh_timeout())
    }
}
