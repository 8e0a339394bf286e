//! The sandbox's own time, in whole seconds since 1970. Tests and the control API move it forward, so
//! that tokens expire without a wait. Nothing else in the sandbox may ask what time it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The system's clock plus what was added by hand. Copies share the same hands.
#[derive(Clone, Debug, Default)]
pub(crate) struct Clock {
    advanced: Arc<AtomicI64>,
}

impl Clock {
    /// Unix time in seconds.
    pub(crate) fn now(&self) -> i64 {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place of the sandbox that reads the machine's clock"
        )]
        let now = OffsetDateTime::now_utc();
        now.unix_timestamp().saturating_add(self.advanced())
    }

    /// How many seconds this clock runs ahead of the system's.
    pub(crate) fn advanced(&self) -> i64 {
        self.advanced.load(Ordering::Relaxed)
    }

    /// Moves the clock forward by `seconds`.
    pub(crate) fn advance(&self, seconds: u32) {
        self.advanced
            .fetch_add(i64::from(seconds), Ordering::Relaxed);
    }

    /// Goes back to the system's time.
    pub(crate) fn reset(&self) {
        self.advanced.store(0, Ordering::Relaxed);
    }
}

/// `now` as RFC 3339 text, for the log that people read.
pub(crate) fn written(now: i64) -> String {
    OffsetDateTime::from_unix_timestamp(now)
        .ok()
        .and_then(|moment| moment.format(&Rfc3339).ok())
        .unwrap_or_default()
}
