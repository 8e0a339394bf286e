//! Limits the live sessions of one user to `session.max_per_user`. The newest stay.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::{EndCause, Session, Timestamp, UserId};
use crate::flow::end_session::{BATCH, end_some};
use crate::flow::parts::Parts;
use crate::flow::single_flight::SingleFlight;

/// Background runs, one per user, that end the sessions beyond the first batch.
pub type Trims = SingleFlight<UserId, ()>;

/// Returns the creation time for a new session of `user`: now, or just after the user's newest session. The newest session can be in the future,
/// because the clock was set back or another replica's clock is ahead. With an earlier time the new session would be the oldest, and end at once.
pub async fn after_the_newest(parts: &Parts, user: Option<&UserId>, now: Timestamp) -> Timestamp {
    let (Some(user), Some(_)) = (user, parts.max_per_user) else {
        return now;
    };
    // When the store fails here, storing the new session fails too, and that error is reported.
    let newest = parts.store.newest_of_user(user).await.unwrap_or_default();
    newest.map_or(now, |newest| now.max(newest.plus(Duration::from_millis(1))))
}

/// Ends the older sessions of the user beyond the limit. The first batch ends before the login is answered. The rest ends in the background, batch
/// by batch, so that calls of other users run in between.
pub async fn keep_newest(parts: &Arc<Parts>, trims: &Trims, session: &Session) {
    let (Some(user), Some(keep)) = (&session.user.id, parts.max_per_user) else {
        return;
    };
    if trim(parts, user, keep).await >= BATCH {
        trims.launch(
            user.clone(),
            trim_rest(Arc::clone(parts), user.clone(), keep),
        );
    }
}

async fn trim_rest(parts: Arc<Parts>, user: UserId, keep: usize) {
    // A replica that is shutting down leaves the rest to the next login.
    while parts.tasks.time_left().is_none() && trim(&parts, &user, keep).await > 0 {
        // Waits until the tokens of this batch are revoked, so that they do not accumulate in memory.
        parts.revocations.finished().await;
    }
}

/// Ends one batch. Returns how many sessions were in it; 0 when the store failed.
async fn trim(parts: &Arc<Parts>, user: &UserId, keep: usize) -> usize {
    let ended = end_some(parts, user, keep, None, EndCause::TooManySessions).await;
    ended.unwrap_or_else(|error| {
        tracing::warn!(event = "store_failed", %error, "sessions beyond session.max_per_user could not be ended; the next login tries again");
        0
    })
}
