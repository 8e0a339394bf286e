//! Limits the live sessions of one user to `session.max_per_user`. The newest stay.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::{EndCause, Session, Timestamp, UserId};
use crate::flow::logout::{BATCH, Logout};
use crate::flow::single_flight::{SingleFlight, Tasks};
use crate::store::SealedStore;

/// Limits the live sessions of one user.
pub(in crate::flow) struct SessionLimit {
    pub(in crate::flow) store: SealedStore,
    pub(in crate::flow) logout: Arc<Logout>,
    pub(in crate::flow) tasks: Tasks,
    /// The maximum number of live sessions of one user; `None` for no limit.
    pub(in crate::flow) keep: Option<usize>,
    /// Background runs, one per user, that end the sessions beyond the first batch.
    pub(in crate::flow) trims: SingleFlight<UserId, ()>,
}

impl SessionLimit {
    /// Returns the creation time for a new session of `user`: now, or just after the user's newest session. The newest session can be in the
    /// future, because the clock was set back or another replica's clock is ahead. With an earlier time the new session would be the oldest, and
    /// end at once.
    pub(super) async fn after_the_newest(
        &self,
        user: Option<&UserId>,
        now: Timestamp,
    ) -> Timestamp {
        let (Some(user), Some(_)) = (user, self.keep) else {
            return now;
        };
        // When the store fails here, storing the new session fails too, and that error is reported.
        let newest = self.store.newest_of_user(user).await.unwrap_or_default();
        newest.map_or(now, |newest| now.max(newest.plus(Duration::from_millis(1))))
    }

    /// Ends the older sessions of the user beyond the limit. The first batch ends before the login is answered. The rest ends in the background,
    /// batch by batch, so that calls of other users run in between.
    pub(super) async fn keep_newest(self: &Arc<Self>, session: &Session) {
        let (Some(user), Some(keep)) = (&session.user.id, self.keep) else {
            return;
        };
        if self.trim(user, keep).await >= BATCH {
            let rest = Arc::clone(self).trim_rest(user.clone(), keep);
            self.trims.launch(user.clone(), rest);
        }
    }

    async fn trim_rest(self: Arc<Self>, user: UserId, keep: usize) {
        // A replica that is shutting down leaves the rest to the next login.
        while self.tasks.time_left().is_none() && self.trim(&user, keep).await > 0 {
            // Waits until the tokens of this batch are revoked, so that they do not accumulate in memory.
            self.logout.revoker.finished().await;
        }
    }

    /// Ends one batch. Returns how many sessions were in it; 0 when the store failed.
    async fn trim(&self, user: &UserId, keep: usize) -> usize {
        let cause = EndCause::TooManySessions;
        let ended = self.logout.end_some(user, keep, None, cause).await;
        ended.unwrap_or_else(|error| {
            tracing::warn!(event = "store_failed", %error, "sessions beyond session.max_per_user could not be ended; the next login tries again");
            0
        })
    }
}
