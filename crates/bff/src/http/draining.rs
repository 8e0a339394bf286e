//! Whether graceful shutdown has begun. `app` sets it once. Responses and readiness probes report it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Shared flag. All clones refer to the same flag.
#[derive(Clone, Debug, Default)]
pub struct Draining(Arc<AtomicBool>);

impl Draining {
    /// Starts draining: from now on every response closes its connection, and `/readyz` answers 503.
    pub fn begin(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Returns whether draining has begun.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
