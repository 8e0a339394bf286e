//! Time as a value: whoever needs "now" is given a [`Clock`], so that tests move it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// More than the clocks of replicas that keep time differ by. A stored time that lies further ahead was written
/// before this machine's clock was set back.
pub const CLOCK_SKEW: Duration = Duration::from_secs(300);

/// A point in time: whole milliseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds since the Unix epoch.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// This much later; stops at the end of time instead of wrapping.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(millis))
    }

    /// This much earlier; stops at the beginning of time instead of wrapping.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_sub(millis))
    }

    /// How long from `earlier` until now; zero when `earlier` lies ahead.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl Timestamp {
    /// Whether less than `period` has passed since `earlier`. An `earlier` that lies further ahead than `period` was written before the clock was
    /// set back, and counts as long ago.
    #[must_use]
    pub fn is_within(self, period: Duration, earlier: Self) -> bool {
        self.since(earlier) < period && earlier.since(self) <= period
    }

    /// Whether this time lies so far ahead of `now` that it was written before the clock was set back.
    #[must_use]
    pub fn is_of_a_later_clock(self, now: Self) -> bool {
        self.since(now) > CLOCK_SKEW
    }
}

/// Where "now" comes from.
pub trait Clock: Send + Sync {
    /// The current time.
    fn now(&self) -> Timestamp;
}

/// The machine's own clock: the one place that reads it.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place that reads the machine's clock"
        )]
        let now = time::OffsetDateTime::now_utc();
        Timestamp(i64::try_from(now.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX))
    }
}

/// A clock that stands still until it is moved: for tests.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock that shows `start`.
    #[must_use]
    pub const fn starting_at(start: Timestamp) -> Self {
        Self(AtomicI64::new(start.0))
    }

    /// Moves the clock forward.
    pub fn advance(&self, duration: Duration) {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        self.0.fetch_add(millis, Ordering::SeqCst);
    }

    /// Moves the clock backward, as an operator or NTP does.
    pub fn set_back(&self, duration: Duration) {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        self.0.fetch_sub(millis, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_neither_wraps_nor_runs_backwards() {
        let (early, late) = (Timestamp::from_millis(1_000), Timestamp::from_millis(3_500));
        assert_eq!(late.since(early), Duration::from_millis(2_500));
        assert_eq!(early.since(late), Duration::ZERO);
        assert_eq!(early.plus(Duration::from_millis(2_500)), late);
        assert_eq!(early.plus(Duration::MAX).as_millis(), i64::MAX);
    }

    #[test]
    fn a_time_further_ahead_than_its_period_counts_as_long_ago() {
        let now = Timestamp::from_millis(10_000);
        let period = Duration::from_millis(1_000);
        for (earlier, is_within) in [
            (8_999, false),
            (9_000, false),
            (9_001, true),
            (10_000, true),
            (11_000, true),
            (11_001, false),
        ] {
            let earlier = Timestamp::from_millis(earlier);
            assert_eq!(now.is_within(period, earlier), is_within, "{earlier:?}");
        }
        let skewed = now.plus(CLOCK_SKEW);
        assert!(!skewed.is_of_a_later_clock(now));
        assert!(
            skewed
                .plus(Duration::from_millis(1))
                .is_of_a_later_clock(now)
        );
    }

    #[test]
    fn the_machines_clock_counts_milliseconds_since_the_epoch() {
        let now = SystemClock.now();
        assert!(now > Timestamp::from_millis(1_700_000_000_000), "{now:?}");
        assert!(now < Timestamp::from_millis(10_000_000_000_000), "{now:?}");
    }
}
