//! What the last writes say about the disk. The writer notes it, and the store asks it.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// How long a commit shows that the store takes writes: 10 milliseconds, so that a thousand logins in a second need no test write each.
const RECENT: Duration = Duration::from_millis(10);

/// Whether writes reach the disk.
pub struct Health {
    is_failing: AtomicBool,
    since: Instant,
    /// When the last commit that reached the disk was confirmed, in nanoseconds since `since`. Zero before the first one.
    written_at: AtomicU64,
}

impl Health {
    pub fn new() -> Self {
        Self {
            is_failing: AtomicBool::new(false),
            since: Instant::now(),
            written_at: AtomicU64::new(0),
        }
    }

    /// Notes a commit that reached the disk.
    pub fn written(&self) {
        self.written_after(self.since.elapsed());
    }

    fn written_after(&self, time: Duration) {
        let nanos = u64::try_from(time.as_nanos()).unwrap_or_default();
        self.written_at.store(nanos, Ordering::Relaxed);
        self.is_failing.store(false, Ordering::Relaxed);
    }

    /// Notes a write that failed.
    pub fn failed(&self) {
        self.is_failing.store(true, Ordering::Relaxed);
    }

    /// Returns true after a failed write until the next write that reaches the disk.
    pub fn is_failing(&self) -> bool {
        self.is_failing.load(Ordering::Relaxed)
    }

    /// Returns whether a write reached the disk within the last 10 milliseconds, and none failed since.
    pub fn has_just_written(&self) -> bool {
        self.had_just_written_after(self.since.elapsed())
    }

    fn had_just_written_after(&self, time: Duration) -> bool {
        let written_at = self.written_at.load(Ordering::Relaxed);
        let age = time.saturating_sub(Duration::from_nanos(written_at));
        written_at != 0 && age < RECENT && !self.is_failing()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_shows_for_a_moment_that_the_store_takes_writes() {
        let health = Health::new();
        let start = Duration::from_millis(1);
        assert!(!health.had_just_written_after(start), "nothing was written");
        health.written_after(start);
        let almost = start + RECENT - Duration::from_nanos(1);
        assert!(health.had_just_written_after(almost));
        assert!(!health.had_just_written_after(start + RECENT));
        health.failed();
        assert!(!health.had_just_written_after(almost));
        health.written_after(start);
        assert!(health.had_just_written_after(almost) && !health.is_failing());
    }
}
