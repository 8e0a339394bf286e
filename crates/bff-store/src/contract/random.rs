//! Random calls on a real store, with the memory store as the model: every answer and the final contents must be the same.
//!
//! Sequential calls must give the answers of the model. Concurrent calls must give the answers of the model in some order of the calls.
//! Calls alternate between two handles on the same file or server, as two processes would make them. `PROPTEST_CASES` sets the number of
//! sequences; a failure prints the shortest failing sequence and how to draw it again.
//!
//! Three things are not drawn, because stores may differ there. Redis and PostgreSQL expire sessions, leases and attempts by their own clock, so nothing ends
//! during their sequences ([`Ends::ByServer`]). A key is not created again while it is removed, because keys are never used twice. Lists are
//! not requested during a race, because a list is not an atomic snapshot.

mod answers;
mod calls;
mod words;

use std::sync::Arc;

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestCaseResult, TestRunner};
use tokio::runtime::Runtime;

use self::answers::Answer;
use self::calls::{Call, Ends, LATEST, any_call, change, create, delete, key, looks};
use super::{MemoryStore, SessionStore, SqliteStore};
use crate::postgres::tests::{PgBouncer, Postgres, store_on as postgres_on};
use crate::redis::tests::{Server, assert_every_key_ends, store_on};

/// Two handles on the same sessions, and a function that removes these.
struct Pair {
    runtime: Runtime,
    handles: [Arc<dyn SessionStore>; 2],
    ends: Ends,
    cases: u32,
    /// Inspects the contents without using the store.
    inspect: Box<dyn Fn()>,
    clear: Box<dyn Fn()>,
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
}

fn with_sqlite(test: impl Fn(&Pair)) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sessions.db");
    let open = || -> Arc<dyn SessionStore> { Arc::new(SqliteStore::open(&path).unwrap()) };
    let handles = [open(), open()];
    let past_the_store = rusqlite::Connection::open(&path).unwrap();
    let clear = move || {
        past_the_store
            .execute_batch("DELETE FROM session; DELETE FROM lease; DELETE FROM spending; DELETE FROM spent_attempt;")
            .unwrap();
    };
    test(&Pair {
        runtime: runtime(),
        handles,
        ends: Ends::AsTold,
        // Each call flushes to the disk, so fewer cases are drawn.
        cases: 60,
        inspect: Box::new(|| ()),
        clear: Box::new(clear),
    });
}

fn with_redis(test: impl Fn(&Pair)) {
    let runtime = runtime();
    let server = runtime.block_on(Server::start(""));
    let handles = {
        let _entered = runtime.enter();
        let open = || -> Arc<dyn SessionStore> { Arc::new(store_on(&server)) };
        [open(), open()]
    };
    let port = server.port();
    let connect = move || {
        let client = redis::Client::open(("127.0.0.1", port));
        client.unwrap().get_connection().unwrap()
    };
    test(&Pair {
        runtime,
        handles,
        ends: Ends::ByServer,
        cases: 250,
        inspect: Box::new(move || assert_every_key_ends(&mut connect(), LATEST)),
        clear: Box::new(move || redis::cmd("FLUSHALL").exec(&mut connect()).unwrap()),
    });
}

/// Tests two handles on a server, the second behind a pooler in transaction mode.
fn with_postgres(test: impl Fn(&Pair)) {
    let runtime = runtime();
    let server = runtime.block_on(Postgres::start(""));
    let pooler = runtime.block_on(PgBouncer::start(&server));
    let handles = {
        let _entered = runtime.enter();
        let open = |port| -> Arc<dyn SessionStore> { Arc::new(postgres_on(&[port])) };
        [open(server.port()), open(pooler.port())]
    };
    runtime.block_on(handles[0].ping()).unwrap();
    let past_the_store = runtime.block_on(server.connect());
    let handle = runtime.handle().clone();
    let clear = move || {
        let cleared = past_the_store.batch_execute(
            "DELETE FROM bff.session; DELETE FROM bff.refresh; DELETE FROM bff.spent_attempt;",
        );
        handle.block_on(cleared).unwrap();
    };
    test(&Pair {
        runtime,
        handles,
        ends: Ends::ByServer,
        cases: 120,
        inspect: Box::new(|| ()),
        clear: Box::new(clear),
    });
}

/// Runs `test` with `PROPTEST_CASES` values, by default `cases`. A failure prints the seed, which `PROPTEST_RNG_SEED` accepts.
#[expect(
    clippy::disallowed_methods,
    reason = "the variable is proptest's, which does not tell whether it was set; a seed is no secret"
)]
fn with_any<S: Strategy>(cases: u32, values: &S, test: impl Fn(S::Value) -> TestCaseResult) {
    let mut config = Config {
        failure_persistence: None,
        ..Config::default()
    };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = cases;
    }
    let seed = match config.rng_seed {
        RngSeed::Fixed(seed) => seed,
        RngSeed::Random => rand::random(),
    };
    config.rng_seed = RngSeed::Fixed(seed);
    let cases = config.cases;
    if let Err(failure) = TestRunner::new(config).run(values, test) {
        panic!("{failure}\nagain by PROPTEST_RNG_SEED={seed} PROPTEST_CASES={cases}");
    }
}

#[test]
fn any_sequence_of_calls_is_answered_by_sqlite_as_by_the_model() {
    with_sqlite(any_sequence_is_answered_as_by_the_model);
}

#[test]
fn any_sequence_of_calls_is_answered_by_redis_as_by_the_model() {
    with_redis(any_sequence_is_answered_as_by_the_model);
}

#[test]
fn any_calls_at_once_on_sqlite_have_an_order_that_explains_them() {
    with_sqlite(any_calls_at_once_have_an_order);
}

#[test]
fn any_calls_at_once_on_redis_have_an_order_that_explains_them() {
    with_redis(any_calls_at_once_have_an_order);
}

#[test]
fn any_sequence_of_calls_is_answered_by_postgres_as_by_the_model() {
    with_postgres(any_sequence_is_answered_as_by_the_model);
}

#[test]
fn any_calls_at_once_on_postgres_have_an_order_that_explains_them() {
    with_postgres(any_calls_at_once_have_an_order);
}

fn any_sequence_is_answered_as_by_the_model(pair: &Pair) {
    let sequences = vec(any_call(pair.ends), 1..60);
    with_any(pair.cases, &sequences, |calls| {
        (pair.clear)();
        pair.runtime.block_on(async {
            let model = MemoryStore::default();
            follow(pair, &model, &calls).await?;
            follow(pair, &model, &looks(pair.ends)).await
        })?;
        (pair.inspect)();
        Ok(())
    });
}

/// Makes each call on the model, and on the two handles alternately.
async fn follow(pair: &Pair, model: &MemoryStore, calls: &[Call]) -> TestCaseResult {
    for (index, call) in calls.iter().enumerate() {
        let standing = standing(model, call);
        let expected = made_on_model(model, call, standing);
        let answer = call.make(&*pair.handles[index % 2], standing).await;
        prop_assert!(
            answer == expected,
            "call {index}, {call:?}:\n  answered {answer:?}\n  expected {expected:?}"
        );
    }
    Ok(())
}

/// Concurrent calls, and the calls that precede them.
#[derive(Debug, Clone)]
struct Race {
    before: Vec<Call>,
    at_once: Vec<Call>,
}

fn race(ends: Ends) -> impl Strategy<Value = Race> {
    let before = vec(prop_oneof![2 => create(ends), 1 => change(ends)], 0..5);
    // A race has either logins or removals, because a key is never created again.
    let with_logins = vec(prop_oneof![1 => create(ends), 4 => change(ends)], 2..6);
    let with_removals = vec(prop_oneof![1 => delete(), 4 => change(ends)], 2..6);
    let at_once = prop_oneof![with_logins, with_removals];
    (before, at_once).prop_map(|(before, at_once)| Race { before, at_once })
}

fn any_calls_at_once_have_an_order(pair: &Pair) {
    with_any(pair.cases, &race(pair.ends), |race| {
        (pair.clear)();
        pair.runtime.block_on(async {
            let model = MemoryStore::default();
            follow(pair, &model, &race.before).await?;
            let known: Vec<u64> = race
                .at_once
                .iter()
                .map(|call| standing(&model, call))
                .collect();
            let answers = at_once(pair, &race.at_once, &known).await;
            let mut seen = Vec::new();
            for look in looks(pair.ends) {
                seen.push(look.make(&*pair.handles[0], 0).await);
            }
            let order = Order {
                pair,
                race: &race,
                known: &known,
                answers: &answers,
                seen: &seen,
            };
            prop_assert!(
                order.exists(&mut Vec::new()),
                "no order of the calls explains what was answered:{}\nand then:{}",
                lines(&race.at_once, &answers),
                lines(&looks(pair.ends), &seen)
            );
            Ok(())
        })?;
        (pair.inspect)();
        Ok(())
    });
}

fn lines(calls: &[Call], answers: &[Answer]) -> String {
    let lines = calls.iter().zip(answers);
    lines
        .map(|(call, answer)| format!("\n  {call:?}: {answer:?}"))
        .collect()
}

/// Makes all calls concurrently, each in its own task.
async fn at_once(pair: &Pair, calls: &[Call], known: &[u64]) -> Vec<Answer> {
    let start = Arc::new(tokio::sync::Barrier::new(calls.len()));
    let tasks = calls
        .iter()
        .zip(known)
        .enumerate()
        .map(|(index, (call, known))| {
            let (call, known, start) = (call.clone(), *known, Arc::clone(&start));
            let store = Arc::clone(&pair.handles[index % 2]);
            tokio::spawn(async move {
                start.wait().await;
                call.make(&*store, known).await
            })
        });
    let answers = join_all(tasks.collect::<Vec<_>>()).await;
    answers.into_iter().map(Result::unwrap).collect()
}

/// A search for an order of the calls in which the model gives the answers of the store.
struct Order<'a> {
    pair: &'a Pair,
    race: &'a Race,
    known: &'a [u64],
    answers: &'a [Answer],
    seen: &'a [Answer],
}

impl Order<'_> {
    /// Reports whether such an order exists that begins with these calls.
    fn exists(&self, begun: &mut Vec<usize>) -> bool {
        let model = MemoryStore::default();
        for call in &self.race.before {
            made_on_model(&model, call, standing(&model, call));
        }
        let calls = &self.race.at_once;
        for &index in begun.iter() {
            if made_on_model(&model, &calls[index], self.known[index]) != self.answers[index] {
                return false;
            }
        }
        if begun.len() == calls.len() {
            let looks = looks(self.pair.ends);
            let mut seen = looks.iter().map(|look| made_on_model(&model, look, 0));
            return self
                .seen
                .iter()
                .all(|there| seen.next().as_ref() == Some(there));
        }
        (0..calls.len()).any(|next| {
            if begun.contains(&next) {
                return false;
            }
            begun.push(next);
            let exists = self.exists(begun);
            begun.pop();
            exists
        })
    }
}

/// Returns the current version in the model for the session of this call.
fn standing(model: &MemoryStore, call: &Call) -> u64 {
    let load = |name| {
        let found = model.load(&key(name)).now_or_never();
        found.expect("a map answers at once").unwrap()
    };
    call.versioned()
        .and_then(load)
        .map_or(1, |record| record.version)
}

fn made_on_model(model: &MemoryStore, call: &Call, standing: u64) -> Answer {
    let answer = call.make(model, standing).now_or_never();
    answer.expect("a map answers at once")
}
