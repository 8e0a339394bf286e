//! Whether graceful shutdown has begun. `app` sets it once. Responses and readiness probes report it, and event streams end.

use tokio_util::sync::CancellationToken;

/// Shared flag. All clones refer to the same flag.
#[derive(Clone, Debug, Default)]
pub struct Draining(CancellationToken);

impl Draining {
    /// Starts draining: from now on every response closes its connection, and `/readyz` answers 503.
    pub fn begin(&self) {
        self.0.cancel();
    }

    /// Returns whether draining has begun.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Waits until draining begins.
    pub async fn begun(&self) {
        self.0.cancelled().await;
    }
}
