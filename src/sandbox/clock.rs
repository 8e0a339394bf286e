//! The sandbox's own time, in whole seconds since 1970. Tests and the control API move it forward, so
//! that tokens expire without anybody waiting. Nothing else in the sandbox may ask what time it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::domain::{Clock as _, SystemClock};

/// The system's clock plus what was added by hand. Copies share the same hands.
#[derive(Clone, Debug, Default)]
pub(super) struct Clock {
    advanced: Arc<AtomicI64>,
}

impl Clock {
    /// Unix time in seconds.
    pub(super) fn now(&self) -> i64 {
        (SystemClock.now().as_millis() / 1000).saturating_add(self.advanced())
    }

    /// How many seconds this clock runs ahead of the system's.
    pub(super) fn advanced(&self) -> i64 {
        self.advanced.load(Ordering::Relaxed)
    }

    /// Moves the clock forward by `seconds`.
    pub(super) fn advance(&self, seconds: u32) {
        self.advanced
            .fetch_add(i64::from(seconds), Ordering::Relaxed);
    }

    /// Goes back to the system's time.
    pub(super) fn reset(&self) {
        self.advanced.store(0, Ordering::Relaxed);
    }
}

/// `now` as RFC 3339 text, for the log that people read.
pub(super) fn written(now: i64) -> String {
    OffsetDateTime::from_unix_timestamp(now)
        .ok()
        .and_then(|moment| moment.format(&Rfc3339).ok())
        .unwrap_or_default()
}
