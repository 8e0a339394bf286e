//! Ends sessions in the store, and revokes their refresh tokens. Called by the use cases that end a session.

use std::sync::Arc;
use std::time::Duration;

use super::parts::Parts;
use super::revoke::revoke_later;
use crate::audit;
use crate::domain::{EndCause, RefreshToken, Session, SessionKey, UserId};
use crate::store::StoreError;

/// Number of sessions of a user that are read and ended per store call.
pub(super) const BATCH: usize = 32;

/// Back-off of deletions that the store did not confirm: the wait before each further try.
const DELETION_WAITS: [Duration; 5] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(10),
    Duration::from_secs(15),
];

/// Ends one batch of a user's oldest sessions, except the `keep` newest and `spared`. Returns how many there were.
pub(super) async fn end_some(
    parts: &Arc<Parts>,
    user: &UserId,
    keep: usize,
    spared: Option<&SessionKey>,
    cause: EndCause,
) -> Result<usize, StoreError> {
    let store = &parts.store;
    let ended = store.end_of_user(user, keep, spared, BATCH, cause).await?;
    for session in ended.sessions {
        log_end(&session, cause);
        revoke_later(parts, session.tokens.refresh_token);
    }
    ended.found
}

/// Removes a session and revokes its refresh token. When the store fails, it is uncertain whether the record is gone: the caller gets the error,
/// and the removal is retried in the background. `token` is the refresh token to revoke if the
/// record turns out to be removed.
pub(super) async fn forget(
    parts: &Arc<Parts>,
    key: &SessionKey,
    token: Option<RefreshToken>,
    cause: EndCause,
) -> Result<(), StoreError> {
    let deleted = parts.store.delete(key).await;
    match deleted {
        Ok(ended) => {
            log_and_revoke(parts, ended, None, cause);
            Ok(())
        }
        Err(error) => {
            let (task_parts, key) = (Arc::clone(parts), *key);
            parts.tasks.spawn(async move {
                for wait in DELETION_WAITS {
                    tokio::time::sleep(wait).await;
                    if let Ok(ended) = task_parts.store.delete(&key).await {
                        return log_and_revoke(&task_parts, ended, token, cause);
                    }
                }
                tracing::warn!(event = "store_failed", session = %key.handle(), "a session could not be removed from the store; it ends at its time limits");
            });
            Err(error)
        }
    }
}

fn log_and_revoke(
    parts: &Arc<Parts>,
    ended: Option<Session>,
    token: Option<RefreshToken>,
    cause: EndCause,
) {
    if let Some(ended) = &ended {
        log_end(ended, cause);
    }
    revoke_later(
        parts,
        ended.map_or(token, |ended| ended.tokens.refresh_token),
    );
}

/// Logs why a session ended, in one line.
pub(super) fn log_end(session: &Session, cause: EndCause) {
    audit::session_ended(session, cause.code());
}
