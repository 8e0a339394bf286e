//! Limits how many refresh tokens are revoked at the same time.

use tokio::sync::{Semaphore, SemaphorePermit};

/// Limits concurrent calls that revoke a token, so that the end of thousands of sessions does not take every connection to the provider.
pub struct Revocations(Semaphore);

/// Maximum number of concurrent revocation calls.
const REVOCATIONS: u32 = 32;

impl Default for Revocations {
    fn default() -> Self {
        Self(Semaphore::new(REVOCATIONS as usize))
    }
}

impl Revocations {
    /// Waits for the permit for one call.
    pub(super) async fn permit(&self) -> Option<SemaphorePermit<'_>> {
        // The semaphore is never closed, so this always returns a permit.
        self.0.acquire().await.ok()
    }

    /// Waits until no revocation call is under way.
    pub(super) async fn finished(&self) {
        drop(self.0.acquire_many(REVOCATIONS).await);
    }
}
