//! The time of the machine: measured durations, pauses, and the date of a run.

use std::time::{Duration, Instant};

use time::OffsetDateTime;
use time::macros::format_description;

/// Measures the time since its start.
#[derive(Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts.
    #[expect(
        clippy::disallowed_methods,
        reason = "durations of other processes are what is measured here"
    )]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Returns the time since the start.
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }

    /// Returns the seconds since the start.
    pub fn seconds(self) -> f64 {
        self.elapsed().as_secs_f64()
    }
}

/// Waits between two looks at another process.
#[expect(
    clippy::disallowed_methods,
    reason = "the main thread only waits for other processes"
)]
pub fn pause(time: Duration) {
    std::thread::sleep(time);
}

/// Returns the date in UTC, such as `2026-01-31`.
#[expect(
    clippy::disallowed_methods,
    reason = "the date of a run stands in its report"
)]
pub fn today() -> String {
    let format = format_description!("[year]-[month]-[day]");
    let today = OffsetDateTime::now_utc().date();
    today.format(format).unwrap_or_default()
}
