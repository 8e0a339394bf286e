//! Time as a value: code that needs the current time takes a [`Clock`], so that tests can move it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// Maximum clock difference between replicas: 5 minutes, which is more than clocks synchronized by NTP differ. A stored time further ahead
/// than this was written before this machine's clock was set back.
pub const CLOCK_SKEW: Duration = Duration::from_secs(300);

/// A point in time: whole milliseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// Makes a timestamp from milliseconds since the Unix epoch.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Returns the milliseconds since the Unix epoch.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Returns the time `duration` later. It saturates instead of wrapping.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_add(millis))
    }

    /// Returns the time `duration` earlier. It saturates instead of wrapping.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self(self.0.saturating_sub(millis))
    }

    /// Returns the time elapsed since `earlier`; zero when `earlier` lies ahead.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl Timestamp {
    /// Reports whether less than `period` has passed since `earlier`. An `earlier` further ahead than `period` counts as long ago, because it was
    /// written before the clock was set back.
    #[must_use]
    pub fn is_within(self, period: Duration, earlier: Self) -> bool {
        self.since(earlier) < period && earlier.since(self) <= period
    }

    /// Reports whether this time is more than [`CLOCK_SKEW`] ahead of `now`, that is, was written before the clock was set back.
    #[must_use]
    pub fn is_of_a_later_clock(self, now: Self) -> bool {
        self.since(now) > CLOCK_SKEW
    }
}

/// A source of the current time.
pub trait Clock: Send + Sync {
    /// Returns the current time.
    fn now(&self) -> Timestamp;
}

/// The machine's clock. No other code reads it.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place that reads the machine's clock"
        )]
        let now = SystemTime::now();
        let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
}

/// A clock for tests. It stands still until the test moves it.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// Makes a clock that shows `start`.
    #[must_use]
    pub const fn starting_at(start: Timestamp) -> Self {
        Self(AtomicI64::new(start.0))
    }

    /// Moves the clock forward.
    pub fn advance(&self, duration: Duration) {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        self.0.fetch_add(millis, Ordering::SeqCst);
    }

    /// Moves the clock backward, as an operator or NTP can do.
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
