//! The minimum rate at which a client must send a body or read a response.
//!
//! Only the time in which this program waits for the client counts, so that a slow upstream or an event stream without events costs the client
//! nothing.

use std::time::Duration;

/// The time that one client may still keep this program waiting. Each wait reduces it. Each transferred byte increases it, up to a limit.
pub struct Pace {
    left: Duration,
    most: Duration,
    bytes_a_second: u32,
}

impl Pace {
    /// Creates a pace with `first` as the remaining time. A client that keeps the rate never runs out of time. The remaining time never exceeds
    /// `most`.
    #[must_use]
    pub const fn new(first: Duration, most: Duration, bytes_a_second: u32) -> Self {
        Self {
            left: first,
            most,
            bytes_a_second,
        }
    }

    /// Returns how long the next wait may last.
    #[must_use]
    pub const fn left(&self) -> Duration {
        self.left
    }

    /// Counts a wait, and the bytes that were transferred after it.
    pub fn count(&mut self, waited: Duration, bytes: usize) {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        let gained = Duration::from_secs(bytes.into()) / self.bytes_a_second;
        self.left = (self.left.saturating_sub(waited) + gained).min(self.most);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Duration = Duration::from_secs(10);
    const MOST: Duration = Duration::from_secs(20);
    const RATE: u32 = 1_000;

    /// Returns the second in which a client is given up that transfers this many bytes at the end of each; `None` when it never is.
    fn given_up(bytes: usize) -> Option<usize> {
        const SECOND: Duration = Duration::from_secs(1);
        let mut pace = Pace::new(FIRST, MOST, RATE);
        (1..1_000).find(|_| {
            let is_over = pace.left() <= SECOND;
            pace.count(SECOND, bytes);
            is_over
        })
    }

    #[test]
    fn a_client_that_keeps_the_rate_is_never_given_up_and_a_slower_one_is() {
        for (bytes, expected) in [
            (0, Some(10)),
            (1, Some(11)),
            (500, Some(19)),
            (900, Some(91)),
            (1_000, None),
            (1_001, None),
            (usize::MAX, None),
        ] {
            assert_eq!(given_up(bytes), expected, "{bytes}");
        }
    }

    #[test]
    fn bursts_count_like_an_even_flow() {
        let mut pace = Pace::new(FIRST, MOST, RATE);
        for _ in 0..100 {
            pace.count(Duration::from_secs(9), 9_000);
            assert_eq!(pace.left(), FIRST);
        }
    }

    #[test]
    fn time_cannot_be_saved_up_without_limit() {
        let mut pace = Pace::new(FIRST, MOST, RATE);
        pace.count(Duration::ZERO, 1_000_000_000);
        assert_eq!(pace.left(), MOST);
        pace.count(Duration::from_secs(21), 0);
        assert!(pace.left().is_zero());
    }
}
