//! Holds the live sessions of one user to `session.max_per_user`: the newest stay.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::{EndCause, Session, Timestamp, UserId};
use crate::flow::Parts;
use crate::flow::logout::{BATCH, end_some};
use crate::flow::single_flight::SingleFlight;

/// One run for each user that ends what one login does not.
pub type Trims = SingleFlight<UserId, ()>;

/// When a new session of `user` counts as made: now, or just after the user's newest one. That is ahead where the clock was set back, or where
/// another replica's clock runs ahead; the new session would else be the oldest, and end at once.
pub async fn after_the_newest(parts: &Parts, user: Option<&UserId>, now: Timestamp) -> Timestamp {
    let (Some(user), Some(_)) = (user, parts.max_per_user) else {
        return now;
    };
    // Where the store fails here, it fails at the new session too, and that is told.
    let newest = parts.store.of_user(user, 0, 1).await.unwrap_or_default();
    newest.first().map_or(now, |newest| {
        now.max(newest.created_at.plus(Duration::from_millis(1)))
    })
}

/// Ends the older sessions of the user beyond the limit: one batch of them before the login is answered, and where there are more, the rest in
/// the background, batch by batch, so that other users' calls get between.
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
    // A program that is told to stop leaves the rest to the next login.
    while parts.tasks.time_left().is_none() && trim(&parts, &user, keep).await > 0 {
        // Waits until the tokens of this batch are revoked, so that they do not gather in memory.
        parts.revocations.finished().await;
    }
}

/// One batch; answers how many sessions were in it, none where the store failed.
async fn trim(parts: &Arc<Parts>, user: &UserId, keep: usize) -> usize {
    let ended = end_some(parts, user, keep, None, EndCause::TooManySessions).await;
    ended.unwrap_or_else(|error| {
        tracing::warn!(event = "store_failed", %error, "a user's sessions beyond session.max_per_user were not ended; the next login tries again");
        0
    })
}
