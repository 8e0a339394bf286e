//! Token buckets by key, with a fixed maximum number of keys.
//!
//! A bucket is stored as the time at which it will be full again (the generic cell rate algorithm), in eight bytes. The keys are stored in two maps.
//! When the newer map is full, the older one is cleared and the two are swapped. So keys in use stay, and eviction needs no search. An evicted
//! bucket counts as full. So an attacker that invents keys can reset the limits of other clients, but cannot lock them out.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Largest number of buckets of one kind. It bounds the memory.
const MOST: usize = 50_000;

/// The rate at which a bucket fills, and its capacity.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    every: Duration,
    burst: u32,
}

impl Rate {
    /// A rate that never refuses. Its burst is large, because two concurrent threads may read slightly different times.
    pub const ENDLESS: Self = Self::one_every(Duration::from_nanos(1), u32::MAX);

    /// Returns a rate of one per `every`, with this burst.
    pub const fn one_every(every: Duration, burst: u32) -> Self {
        Self { every, burst }
    }

    /// Returns a rate of `rate` per second, or `None` when `rate` is 0.
    pub fn per_second(rate: u32, burst: u32) -> Option<Self> {
        let every = Duration::from_secs(1).checked_div(rate)?;
        Some(Self { every, burst })
    }
}

/// All buckets of one kind.
pub struct Buckets {
    rate: Rate,
    epoch: Instant,
    halves: Mutex<Halves>,
}

#[derive(Default)]
struct Halves {
    newer: HashMap<u128, u64>,
    older: HashMap<u128, u64>,
}

impl Buckets {
    /// Creates an empty set. Every key starts with a full bucket.
    pub fn new(rate: Rate) -> Self {
        Self {
            rate,
            epoch: Instant::now(),
            halves: Mutex::default(),
        }
    }

    /// Takes one token out of the bucket of this key, at this time.
    ///
    /// # Errors
    /// Returns the time until the next token when the bucket is empty.
    pub fn take(&self, key: u128, now: Instant) -> Result<(), Duration> {
        let now = nanos(now.saturating_duration_since(self.epoch));
        let every = nanos(self.rate.every);
        let most = every.saturating_mul(u64::from(self.rate.burst));
        let mut halves = self.lock();
        let full_at = halves.find(key).unwrap_or(0).max(now);
        let then = full_at.saturating_add(every);
        let over = then.saturating_sub(now).saturating_sub(most);
        // Stored also when no token is taken, so that a refused key is not evicted.
        if over > 0 {
            halves.keep(key, full_at);
            return Err(Duration::from_nanos(over));
        }
        halves.keep(key, then);
        Ok(())
    }

    /// Creates a full bucket for this key if there is none.
    pub fn insert(&self, key: u128) {
        let mut halves = self.lock();
        if halves.find(key).is_none() {
            halves.keep(key, 0);
        }
    }

    /// Returns whether there is a bucket for this key.
    pub fn contains(&self, key: u128) -> bool {
        self.lock().find(key).is_some()
    }

    fn lock(&self) -> MutexGuard<'_, Halves> {
        self.halves.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Halves {
    fn find(&self, key: u128) -> Option<u64> {
        self.newer
            .get(&key)
            .or_else(|| self.older.get(&key))
            .copied()
    }

    fn keep(&mut self, key: u128, full_at: u64) {
        if self.newer.len() >= MOST / 2 && !self.newer.contains_key(&key) {
            std::mem::swap(&mut self.newer, &mut self.older);
            self.newer.clear();
        }
        self.newer.insert(key, full_at);
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns buckets, and a function from milliseconds to their time.
    fn buckets(rate: Rate) -> (Buckets, impl Fn(u64) -> Instant) {
        let buckets = Buckets::new(rate);
        let epoch = buckets.epoch;
        (buckets, move |ms| epoch + Duration::from_millis(ms))
    }

    #[test]
    fn a_burst_passes_and_then_one_at_a_time() {
        let (buckets, at) = buckets(Rate::per_second(10, 3).unwrap());
        for _ in 0..3 {
            assert_eq!(buckets.take(1, at(0)), Ok(()));
        }
        assert_eq!(buckets.take(1, at(0)), Err(Duration::from_millis(100)));
        assert_eq!(buckets.take(2, at(0)), Ok(()), "another one's is full");
        assert_eq!(buckets.take(1, at(99)), Err(Duration::from_millis(1)));
        assert_eq!(buckets.take(1, at(100)), Ok(()));
        assert!(buckets.take(1, at(100)).is_err());
        // After a pause the whole burst is there again, and not more.
        for _ in 0..3 {
            assert_eq!(buckets.take(1, at(3_600_000)), Ok(()));
        }
        assert!(buckets.take(1, at(3_600_000)).is_err());
    }

    #[test]
    fn refused_requests_do_not_use_the_rate() {
        let (buckets, at) = buckets(Rate::per_second(1, 1).unwrap());
        assert_eq!(buckets.take(1, at(0)), Ok(()));
        for ms in 0..1_000 {
            assert!(buckets.take(1, at(ms)).is_err());
        }
        assert_eq!(buckets.take(1, at(1_000)), Ok(()));
    }

    /// Covers: ASVS-2.4.1
    #[test]
    fn the_number_of_buckets_is_limited_and_a_returning_client_keeps_its_bucket() {
        let (buckets, at) = buckets(Rate::one_every(Duration::from_secs(3_600), 20));
        let mut taken = 0;
        for key in 0..10 * MOST as u128 {
            assert_eq!(buckets.take(1 + key, at(0)), Ok(()));
            if key % (MOST as u128 / 4) == 0 {
                taken += usize::from(buckets.take(0, at(0)).is_ok());
            }
        }
        let halves = buckets.lock();
        assert!(halves.newer.len() + halves.older.len() <= MOST);
        drop(halves);
        assert!(buckets.contains(0) && !buckets.contains(1));
        assert_eq!(taken, 20, "it is not forgotten while it comes back");
    }

    #[test]
    fn without_a_rate_no_client_is_refused() {
        let (buckets, at) = buckets(Rate::ENDLESS);
        for ms in [2, 1, 2, 0, 1] {
            assert_eq!(buckets.take(1, at(ms)), Ok(()));
        }
    }

    #[test]
    fn a_rate_of_zero_means_no_limit() {
        assert!(Rate::per_second(0, 1).is_none());
    }
}
