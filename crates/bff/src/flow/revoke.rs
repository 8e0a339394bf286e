//! Revokes refresh tokens at the provider, in the background (RFC 7009).

use std::sync::Arc;
use std::time::Duration;

use super::parts::Parts;
use crate::domain::{RefreshToken, RequestId};

/// Back-off of revocations: the wait before each try. There are as many tries as entries.
const REVOCATION_WAITS: [Duration; 3] = [
    Duration::ZERO,
    Duration::from_secs(1),
    Duration::from_secs(5),
];

/// Revokes a refresh token that is no longer needed, in the background, with a limited number of tries.
pub(super) fn revoke_later(parts: &Arc<Parts>, token: Option<RefreshToken>) {
    let Some(token) = token else {
        return;
    };
    let request_id = RequestId::random(parts.entropy.as_ref());
    let task_parts = Arc::clone(parts);
    parts.tasks.spawn(async move {
        for wait in REVOCATION_WAITS {
            tokio::time::sleep(wait).await;
            let _permit = task_parts.revocations.permit().await;
            match task_parts.provider.revoke(&token, &request_id).await {
                Ok(_) => return,
                Err(error) => {
                    tracing::warn!(event = "revocation_failed", %error, "a refresh token could not be revoked at the provider");
                }
            }
        }
    });
}
