//! Raises the priority of this session's processes during samples, on machines that other users keep busy.
//!
//! The kernel divides processor time between sessions (autogroups, sched(7)). A raised session hardly notices the others. After each sample the
//! others get as much time as the sample took.

use std::fs;
use std::time::Duration;

use crate::bench::Bench;
use crate::clock::{Stopwatch, pause};
use crate::failure::{Failure, Outcome};
use crate::processes::busy_seconds;

/// The nice value of this session.
const AUTOGROUP: &str = "/proc/self/autogroup";
/// The least share of busy processors at which others wait for time.
const BUSY: f64 = 0.3;

/// Does something, at the highest priority if the run has it, and then leaves the processors to others.
///
/// # Errors
/// [`Failure`] when the priority cannot be changed, or that of the work.
pub fn raised<T>(bench: &Bench, work: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    if !bench.is_raised {
        return work();
    }
    let watch = Stopwatch::start();
    set(-20)?;
    let result = work();
    set(0)?;
    let taken = watch.elapsed();
    if are_busy(bench.allowed()) {
        pause(taken);
    }
    result
}

fn set(nice: i32) -> Outcome<()> {
    fs::write(AUTOGROUP, nice.to_string())
        .map_err(|error| Failure::new(format!("{AUTOGROUP}: {error}; --priority needs root")))
}

fn are_busy(cpus: &[usize]) -> bool {
    let (before, watch) = (busy_seconds(cpus), Stopwatch::start());
    pause(Duration::from_millis(500));
    busy_seconds(cpus) - before > BUSY * watch.seconds() * cpus.len() as f64
}
