//! What single operations cost: one replica on one Redis server, one request at a time, so that every count belongs to one operation.

use std::collections::BTreeMap;
use std::time::Duration;

use super::redis::{Counts, Servers};
use super::stage::{Calls, Stage, size};
use crate::bench::Bench;
use crate::clock::{Stopwatch, pause};
use crate::failure::{Outcome, fail};
use crate::sample::Figures;
use crate::servers::SESSIONS;

/// Number of sessions. With it everything before the pause takes less than [`TOUCH_AFTER`].
const COUNT: usize = 300;
/// Number of sessions in the SQLite file that is measured.
const IN_FILE: usize = 2_000;
/// Time after which the last use of a session is written again, and a second.
const TOUCH_AFTER: Duration = Duration::from_secs(61);
/// Time for which a refresh is not repeated, and a second.
const REFRESH_AFTER: Duration = Duration::from_secs(11);
/// Time in which log lines reach their file.
const LOG: Duration = Duration::from_millis(300);
/// Entries that are added to a user's index to measure one.
const ENTRIES: usize = 20;

/// The costs.
pub struct Units {
    /// Of each operation, by name.
    pub operations: BTreeMap<&'static str, Figures>,
    /// Of what is stored, in bytes.
    pub stored: Figures,
}

/// A call of the account by a signed-in user.
pub const CALL: Calls<'static> = Calls {
    path: "/api/user/info",
    is_post: false,
    each: 1,
    width: 1,
};
/// A question for the session, which the program answers by itself.
const SESSION: Calls<'static> = Calls {
    path: "/api/session",
    ..CALL
};
/// The page with the account.
const PAGE: Calls<'static> = Calls { path: "/", ..CALL };
/// A refresh.
pub const REFRESH: Calls<'static> = Calls {
    path: "/api/user/refresh",
    is_post: true,
    ..CALL
};
/// A logout.
pub const LOGOUT: Calls<'static> = Calls {
    path: "/auth/logout",
    ..REFRESH
};

/// Measures every operation, and what is stored.
///
/// # Errors
/// [`Failure`](crate::failure::Failure) when a process does not start, or an operation fails.
pub fn measure(bench: &Bench) -> Outcome<Units> {
    let cpus = bench.cpus(1);
    let redis = Servers::single(&cpus, &bench.new_folder()?)?;
    let stage = Stage::start(bench, cpus, Some(redis), 1, true)?;
    let count = bench.scaled(COUNT);
    for calls in [CALL, PAGE] {
        let warm = stage.sign_in(0, 20, 1)?;
        stage.call(0, &warm, calls)?;
    }

    let (watch, before) = (Stopwatch::start(), total(&stage)?);
    let mut cookies = Vec::new();
    let mut operations = BTreeMap::new();
    let login = per_operation(&stage, || {
        cookies = stage.sign_in(0, count, 1)?;
        Ok(count)
    })?;
    let signed_in = Stopwatch::start();
    let grown = total(&stage)? - before;
    operations.insert("login", login);
    for (name, calls) in [("call", CALL), ("session", SESSION), ("page", PAGE)] {
        let figures = per_operation(&stage, || stage.call(0, &cookies, calls))?;
        operations.insert(name, figures);
    }
    pause(REFRESH_AFTER.saturating_sub(signed_in.elapsed()));
    let refresh = per_operation(&stage, || stage.call(0, &cookies, REFRESH))?;
    operations.insert("refresh", refresh);
    if watch.elapsed() > TOUCH_AFTER {
        return fail("this machine is too busy: sessions were touched during other operations");
    }
    let mut stored = stored_in_redis(&stage)?;
    stored.insert("redis_each_login", grown.memory / count as f64);

    pause(TOUCH_AFTER.saturating_sub(signed_in.elapsed()));
    let touched = per_operation(&stage, || stage.call(0, &cookies, CALL))?;
    let touch = touched.iter().map(|(name, figure)| {
        let call = operations.get("call").and_then(|call| call.get(name));
        (*name, (figure - call.unwrap_or(&0.0)).max(0.0))
    });
    let touch = touch.collect();
    operations.insert("touch", touch);
    let logout = per_operation(&stage, || stage.call(0, &cookies, LOGOUT))?;
    operations.insert("logout", logout);
    drop(stage);
    stored.insert("sqlite_session", stored_in_file(bench)?);
    Ok(Units { operations, stored })
}

/// Returns the sum of what the Redis servers have counted.
///
/// # Errors
/// [`Failure`](crate::failure::Failure) when one does not answer.
pub fn total(stage: &Stage<'_>) -> Outcome<Counts> {
    let redis = stage
        .redis
        .as_ref()
        .map_or(Ok(Vec::new()), Servers::counts)?;
    Ok(redis
        .into_iter()
        .fold(Counts::default(), |sum, one| sum + one))
}

/// Does some operations, and returns what one of them cost.
fn per_operation(stage: &Stage<'_>, work: impl FnOnce() -> Outcome<usize>) -> Outcome<Figures> {
    let Some(front) = stage.replicas.first().and_then(|one| one.front.as_ref()) else {
        return fail("the replica has no relay in front of it");
    };
    // A count is a command too, so its cost is measured by two of them.
    let (first, before) = (total(stage)?, total(stage)?);
    let (client, provider) = (front.passed(), stage.to_provider.passed());
    let log = stage.log_bytes();
    let count = work()? as f64;
    pause(LOG);
    let redis = total(stage)? - before - (before - first);
    let (clients, providers) = (front.passed(), stage.to_provider.passed());
    let figures = [
        ("requests", clients.requests - client.requests),
        ("client_up", clients.up - client.up),
        ("client_down", clients.down - client.down),
        ("redis_requests", redis.reads),
        ("redis_commands", redis.commands),
        ("redis_in", redis.bytes_in),
        ("redis_out", redis.bytes_out),
        ("provider_calls", providers.requests - provider.requests),
        ("provider_up", providers.up - provider.up),
        ("provider_down", providers.down - provider.down),
        ("log", stage.log_bytes() - log),
    ];
    Ok(figures
        .into_iter()
        .map(|(name, sum)| (name, sum / count.max(1.0)))
        .collect())
}

fn stored_in_redis(stage: &Stage<'_>) -> Outcome<Figures> {
    let Some(redis) = &stage.redis else {
        return fail("there is no Redis");
    };
    let index = redis.mean_size("bff:user:*")?;
    let name = "probe";
    for number in 0..=ENTRIES {
        // A tag has 43 characters, a score 13 digits.
        let (score, tag) = (
            format!("{:013}", 1_700_000_000_000_u64),
            format!("{number:043}"),
        );
        redis.ask(&["ZADD", name, &score, &tag])?;
    }
    let many = redis.mean_size(name)?;
    redis.ask(&["ZREMRANGEBYRANK", name, "1", "-1"])?;
    let one = redis.mean_size(name)?;
    redis.ask(&["DEL", name])?;
    Ok(Figures::from([
        ("redis_session", redis.mean_size("bff:session:*")?),
        ("redis_index", index),
        ("redis_index_entry", (many - one) / ENTRIES as f64),
        ("redis_attempt", redis.mean_size("bff:attempt:*")?),
    ]))
}

/// Returns the bytes of a session in the file, after a graceful shutdown has emptied the log beside it.
fn stored_in_file(bench: &Bench) -> Outcome<f64> {
    let count = bench.scaled(IN_FILE);
    let stage = Stage::start(bench, bench.cpus(1), None, 1, false)?;
    let file = stage.folder_of(0).join(SESSIONS);
    stage.sign_in(0, count, 16)?;
    drop(stage);
    Ok(size(&file) / count as f64)
}
