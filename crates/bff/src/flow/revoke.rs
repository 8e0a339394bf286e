//! Revokes refresh tokens at the provider, in the background (RFC 7009). Called by the use cases that end a session.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use super::single_flight::Tasks;
use crate::domain::{Entropy, RefreshToken, RequestId};
use crate::provider::Provider;

/// Back-off of revocations: the wait before each try. There are as many tries as entries.
const REVOCATION_WAITS: [Duration; 3] = [
    Duration::ZERO,
    Duration::from_secs(1),
    Duration::from_secs(5),
];
/// Maximum number of concurrent revocation calls, so that the end of thousands of sessions does not take every connection to the provider.
pub(super) const REVOCATIONS: u32 = 32;

/// Revokes refresh tokens that are no longer needed. All use cases share one, because it limits the concurrent calls.
#[derive(Clone)]
pub(super) struct Revoker {
    pub(super) provider: Arc<Provider>,
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) tasks: Tasks,
    pub(super) permits: Arc<Semaphore>,
}

impl Revoker {
    /// Revokes the token in the background, with a limited number of tries.
    pub(super) fn revoke_later(&self, token: Option<RefreshToken>) {
        let Some(token) = token else {
            return;
        };
        let (this, request_id) = (self.clone(), RequestId::random(self.entropy.as_ref()));
        self.tasks.spawn(async move {
            for wait in REVOCATION_WAITS {
                tokio::time::sleep(wait).await;
                // The semaphore is never closed, so this always returns a permit.
                let _permit = this.permits.acquire().await;
                match this.provider.revoke(&token, &request_id).await {
                    Ok(_) => return,
                    Err(error) => {
                        tracing::warn!(event = "revocation_failed", %error, "a refresh token could not be revoked at the provider");
                    }
                }
            }
        });
    }

    /// Waits until no revocation call is under way.
    pub(super) async fn finished(&self) {
        drop(self.permits.acquire_many(REVOCATIONS).await);
    }
}
