//! One point for real: replicas on a Redis Cluster, with the counts that `scripts/scaling.py` predicts from the costs of single operations.

use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::redis::{Counts, Servers};
use super::stage::{Calls, Stage};
use super::unit::{CALL, LOGOUT, REFRESH, total};
use crate::bench::Bench;
use crate::clock::{Stopwatch, pause};
use crate::cpus::Cpus;
use crate::failure::{Outcome, fail};
use crate::sample::Figures;

const REPLICAS: usize = 3;
const MASTERS: usize = 3;
/// Sessions of each replica.
const SESSIONS: usize = 1_000;
/// Sessions before the base of the memory is measured, so that everything that is made once is made.
const WARM_UP: usize = 100;
/// Calls of each session at each replica.
const EACH: usize = 2;
/// Requests at the same time.
const WIDTH: usize = 32;
/// Time without load, in which the connections' own traffic is counted.
const IDLE: Duration = Duration::from_secs(10);
/// Time for which a refresh is not repeated, and a second.
const REFRESH_AFTER: Duration = Duration::from_secs(11);
/// Time after which the last use of a session is written again, and a second.
const TOUCH_AFTER: Duration = Duration::from_secs(61);

/// The operations, and what they cost together.
struct Run<'a> {
    stage: Stage<'a>,
    phases: Vec<(&'static str, Figures)>,
}

/// Measures the point.
///
/// # Errors
/// [`Failure`](crate::failure::Failure) when a process does not start, or an operation fails.
pub fn measure(bench: &Bench) -> Outcome<Value> {
    let all = bench.allowed().to_vec();
    let cpus = Cpus {
        server: all.clone(),
        load: all,
    };
    let redis = Servers::cluster(&cpus, &bench.new_folder()?, MASTERS)?;
    let stage = Stage::start(bench, cpus, Some(redis), REPLICAS, false)?;
    let mut run = Run {
        stage,
        phases: Vec::new(),
    };
    run.warm_up()?;
    let (memory, before) = (run.stage.memory_mib(), run.counts()?);
    let each = bench.scaled(SESSIONS);
    let mut cookies = Vec::new();
    run.phase("login", |stage| {
        for replica in 0..REPLICAS {
            cookies.extend(stage.sign_in(replica, each, WIDTH)?);
        }
        Ok(cookies.len())
    })?;
    let signed_in = Stopwatch::start();
    let stored = run.counts()?;
    let calls = Calls { each: EACH, ..CALL };
    run.phase("call", |stage| at_each(stage, &cookies, calls))?;
    pause(REFRESH_AFTER.saturating_sub(signed_in.elapsed()));
    run.phase("refresh", |stage| at_next(stage, &cookies, each, REFRESH))?;
    pause(REFRESH_AFTER);
    run.phase("storm", |stage| {
        at_all_at_once(stage, &cookies, REFRESH)?;
        Ok(cookies.len())
    })?;
    pause(TOUCH_AFTER.saturating_sub(signed_in.elapsed()));
    run.phase("touch", |stage| at_next(stage, &cookies, each, CALL))?;
    let used = run.stage.memory_mib();
    run.phase("logout", |stage| at_next(stage, &cookies, each, LOGOUT))?;
    let clients: Vec<f64> = run.counts()?.iter().map(|one| one.clients - 1.0).collect();
    let idle = run.idle()?;
    let growth = (used - memory) * 1_048_576.0 / cookies.len().max(1) as f64;
    let pairs = stored.iter().zip(&before);
    let masters: Vec<Value> = pairs
        .map(|(after, before)| {
            let grown = *after - *before;
            json!({"keys": grown.keys, "memory": grown.memory})
        })
        .collect();
    let phases = run.phases.iter();
    let phases: Vec<Value> = phases
        .map(|(name, sums)| json!({"name": name, "sums": sums}))
        .collect();
    Ok(json!({
        "replicas": REPLICAS,
        "masters": MASTERS,
        "workers": bench.allowed().len(),
        "sessions": cookies.len(),
        "phases": phases,
        "at_each_master": masters,
        "clients_of_each_master": clients,
        "provider_connections": run.stage.to_provider.passed().connections,
        "replica_mib": memory,
        "replica_bytes_each_session": growth,
        "idle": idle,
    }))
}

/// Sends calls with every cookie to every replica.
fn at_each(stage: &Stage<'_>, cookies: &[String], calls: Calls<'_>) -> Outcome<usize> {
    let calls = Calls {
        width: WIDTH,
        ..calls
    };
    (0..REPLICAS).try_fold(0, |sum, replica| {
        Ok(sum + stage.call(replica, cookies, calls)?)
    })
}

/// Sends calls with the cookies of each replica to the next one, which has not seen these sessions change.
fn at_next(stage: &Stage<'_>, cookies: &[String], each: usize, calls: Calls<'_>) -> Outcome<usize> {
    let calls = Calls {
        width: WIDTH,
        ..calls
    };
    let mut parts = cookies.chunks(each.max(1)).enumerate();
    parts.try_fold(0, |sum, (number, part)| {
        Ok(sum + stage.call((number + 1) % REPLICAS, part, calls)?)
    })
}

/// Sends one call with every cookie to all replicas at the same time.
fn at_all_at_once(stage: &Stage<'_>, cookies: &[String], calls: Calls<'_>) -> Outcome<()> {
    let calls = Calls {
        width: WIDTH,
        ..calls
    };
    thread::scope(|scope| {
        let callers: Vec<_> = (0..REPLICAS)
            .map(|replica| scope.spawn(move || stage.call(replica, cookies, calls)))
            .collect();
        callers
            .into_iter()
            .try_for_each(|caller| match caller.join() {
                Ok(done) => done.map(drop),
                Err(_) => fail("a caller panicked"),
            })
    })
}

impl Run<'_> {
    fn warm_up(&self) -> Outcome<()> {
        for replica in 0..REPLICAS {
            let cookies = self.stage.sign_in(replica, WARM_UP, WIDTH)?;
            at_each(&self.stage, &cookies, CALL)?;
        }
        Ok(())
    }

    fn counts(&self) -> Outcome<Vec<Counts>> {
        match &self.stage.redis {
            Some(redis) => redis.counts(),
            None => fail("there is no Redis"),
        }
    }

    /// Does some operations, and keeps what they cost together.
    fn phase(
        &mut self,
        name: &'static str,
        work: impl FnOnce(&Stage<'_>) -> Outcome<usize>,
    ) -> Outcome<()> {
        eprintln!("scaling: {name}");
        let stage = &self.stage;
        let (first, before) = (total(stage)?, total(stage)?);
        let (provider, log, cpu) = (stage.to_provider.passed(), stage.log_bytes(), stage.cpu());
        let watch = Stopwatch::start();
        let count = work(stage)?;
        let seconds = watch.seconds();
        pause(Duration::from_millis(500));
        let redis = total(stage)? - before - (before - first);
        let passed = stage.to_provider.passed();
        let sums = Figures::from([
            ("count", count as f64),
            ("seconds", seconds),
            ("cpu_seconds", stage.cpu() - cpu),
            ("redis_cpu_seconds", redis.cpu),
            ("redis_reads", redis.reads),
            ("redis_commands", redis.commands),
            ("redis_in", redis.bytes_in),
            ("redis_out", redis.bytes_out),
            ("field_writes", redis.field_writes),
            ("provider_calls", passed.requests - provider.requests),
            ("provider_up", passed.up - provider.up),
            ("provider_down", passed.down - provider.down),
            ("log", stage.log_bytes() - log),
        ]);
        self.phases.push((name, sums));
        Ok(())
    }

    /// Returns what the connections of all replicas send to all masters in a second without load.
    fn idle(&self) -> Outcome<Figures> {
        let (first, before) = (total(&self.stage)?, total(&self.stage)?);
        pause(IDLE);
        let redis = total(&self.stage)? - before - (before - first);
        let each_second = |sum: f64| sum / IDLE.as_secs_f64();
        Ok(Figures::from([
            ("redis_commands", each_second(redis.commands)),
            ("redis_in", each_second(redis.bytes_in)),
            ("redis_out", each_second(redis.bytes_out)),
        ]))
    }
}
