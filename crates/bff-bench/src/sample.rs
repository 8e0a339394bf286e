//! [`Sample`]: the figures of one measurement, with the processor time that the server and other processes took meanwhile.

use std::collections::BTreeMap;

use crate::bench::Bench;
use crate::clock::Stopwatch;
use crate::failure::Outcome;
use crate::processes::{busy_seconds, cpu_seconds};
use crate::running::Running;
use crate::stand::Stand;
use crate::wrk::{self, Load};

/// Seconds of load before a sample, in which connections are opened and caches are filled.
pub const WARM_UP: u64 = 1;

/// Named figures.
pub type Figures = BTreeMap<&'static str, f64>;

/// The figures of one measurement.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    /// The figures, by the key of their column.
    pub figures: Figures,
    /// The largest share of time that processes other than ours took on the processors of the server or of the load.
    pub foreign: f64,
}

/// What a stretch of load has cost.
pub struct Cost {
    /// Processor time of the server in seconds.
    pub server: f64,
    /// Processor time of the server that stores the sessions, in seconds.
    pub store: f64,
    /// Duration in seconds.
    pub seconds: f64,
    foreign: f64,
}

impl Cost {
    /// Returns a sample of these figures.
    pub fn sample<const N: usize>(&self, figures: [(&'static str, f64); N]) -> Sample {
        Sample {
            figures: Figures::from(figures),
            foreign: self.foreign,
        }
    }
}

/// Processor times at one moment.
struct Moment {
    server: f64,
    store: f64,
    others: f64,
    busy_server: f64,
    busy_load: f64,
}

impl Moment {
    fn now(stand: &Stand) -> Self {
        let time = |running: &Running| cpu_seconds(&running.pids());
        let store = stand.store.as_ref().map_or(0.0, time);
        Self {
            server: time(&stand.server),
            store,
            // This process counts the clients that have ended.
            others: store + time(&stand.provider) + cpu_seconds(&[std::process::id()]),
            busy_server: busy_seconds(&stand.cpus.server),
            busy_load: busy_seconds(&stand.cpus.load),
        }
    }
}

/// Does something with the server, and returns what it cost.
///
/// # Errors
/// The failure of the load.
pub fn cost_of<T>(stand: &Stand, load: impl FnOnce() -> Outcome<T>) -> Outcome<(T, Cost)> {
    let (before, watch) = (Moment::now(stand), Stopwatch::start());
    let result = load()?;
    let (seconds, after) = (watch.seconds(), Moment::now(stand));
    let (server, others) = (after.server - before.server, after.others - before.others);
    let on_server = after.busy_server - before.busy_server;
    let on_load = after.busy_load - before.busy_load;
    let share = |busy: f64, ours: f64, cpus: usize| (busy - ours) / (seconds * cpus as f64);
    let (server_cpus, load_cpus) = (stand.cpus.server.len(), stand.cpus.load.len());
    let foreign = if stand.cpus.are_shared() {
        share(on_server, server + others, server_cpus)
    } else if stand.is_raised {
        // Others get from the processors of the load only what the load leaves.
        share(on_server, server, server_cpus)
    } else {
        share(on_server, server, server_cpus).max(share(on_load, others, load_cpus))
    };
    let cost = Cost {
        server,
        store: after.store - before.store,
        seconds,
        foreign: foreign.max(0.0),
    };
    Ok((result, cost))
}

/// Does something that starts and ends processes, and returns the share of time that other processes took meanwhile on these processors.
///
/// # Errors
/// The failure of what is done.
pub fn foreign_during<T>(cpus: &[usize], work: impl FnOnce() -> Outcome<T>) -> Outcome<(T, f64)> {
    let own = std::process::id();
    let of_others = || busy_seconds(cpus) - cpu_seconds(&[own]);
    let (before, watch) = (of_others(), Stopwatch::start());
    let result = work()?;
    let foreign = of_others() - before;
    let share = foreign / (watch.seconds() * cpus.len() as f64);
    Ok((result, share.max(0.0)))
}

/// Warms the server up with this load and measures it.
///
/// # Errors
/// [`Failure`](crate::failure::Failure) when a request fails.
pub fn under_load(bench: &Bench, stand: &Stand, load: &Load) -> Outcome<Sample> {
    let warm_up = Load {
        seconds: WARM_UP,
        ..load.clone()
    };
    wrk::send(&warm_up, &stand.cpus.load)?;
    let load = Load {
        seconds: bench.seconds,
        ..load.clone()
    };
    let (answered, cost) = cost_of(stand, || wrk::send(&load, &stand.cpus.load))?;
    let per_request = |seconds: f64| seconds * 1e6 / answered.requests.max(1.0);
    Ok(cost.sample([
        ("per_second", answered.per_second),
        ("p50", answered.p50_us),
        ("p99", answered.p99_us),
        ("cpu", per_request(cost.server)),
        ("store_cpu", per_request(cost.store)),
        ("cores", cost.server / cost.seconds),
        ("memory", stand.server.memory_mib()),
    ]))
}
