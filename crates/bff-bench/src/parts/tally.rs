//! [`Tally`]: what a client counted, as one line of JSON between its process and the bench.

use serde::{Deserialize, Serialize};

use crate::clock::Stopwatch;
use crate::failure::{Outcome, fail};
use crate::statistics::percentile;

/// What a client counted.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Number of successes.
    pub done: usize,
    /// Number of failures.
    pub failed: usize,
    /// Seconds in all.
    pub seconds: f64,
    /// Median duration of a success in microseconds.
    pub p50_us: f64,
    /// 99th percentile in microseconds.
    pub p99_us: f64,
    /// The first failure.
    pub first_failure: Option<String>,
}

impl Tally {
    /// Counts results: durations in seconds, or texts of failures.
    pub fn new(results: impl IntoIterator<Item = Result<f64, String>>, watch: Stopwatch) -> Self {
        let mut tally = Self {
            seconds: watch.seconds(),
            ..Self::default()
        };
        let mut durations = Vec::new();
        for result in results {
            match result {
                Ok(seconds) => durations.push(seconds * 1e6),
                Err(what) => {
                    tally.failed += 1;
                    tally.first_failure.get_or_insert(what);
                }
            }
        }
        tally.done = durations.len();
        tally.p50_us = percentile(&mut durations, 0.50);
        tally.p99_us = percentile(&mut durations, 0.99);
        tally
    }

    /// Returns the tally if nothing failed.
    ///
    /// # Errors
    /// [`Failure`](crate::failure::Failure) with the number of failures and the first one.
    pub fn without_failures(self) -> Outcome<Self> {
        match &self.first_failure {
            None => Ok(self),
            Some(first) => fail(format!(
                "{} of {} failed: {first}",
                self.failed,
                self.failed + self.done
            )),
        }
    }

    /// Prints it as one line of JSON.
    ///
    /// # Errors
    /// [`Failure`](crate::failure::Failure) when it cannot be written.
    pub fn print(&self) -> Outcome<()> {
        println!("{}", serde_json::to_string(self)?);
        Ok(())
    }
}
