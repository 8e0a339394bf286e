//! Storm: many sessions expire at once, and each is asked for by twenty parallel calls spread over three replicas. Every expiry must
//! cost one token call, and every call must be answered with its own user's account.

use std::time::Duration;

use bff_testing::{PostgresServer, RedisServer};
use futures_util::{StreamExt as _, stream};
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use serde_json::json;
use tokio::time::{Instant, sleep_until};

use super::args::Args;
use super::client::Client;
use super::cluster::{Cluster, LONG_LIMIT};
use super::load::{Call, TOGETHER, send_from_processes};
use super::report::Report;
use super::seed::Seed;
use super::visitor::Visitor;

/// Parallel calls of one session.
const CALLS: usize = TOGETHER;
/// How many people sign in at a time.
const DOORS: usize = 16;

/// Runs it over Redis.
pub async fn over_redis(args: &Args, seed: Seed, report: &mut Report) {
    let redis = RedisServer::start("").await;
    let store = format!("redis://127.0.0.1:{}", redis.port());
    storm(args, seed, report, ("storm", "Redis", &store)).await;
}

/// Runs it over PostgreSQL.
pub async fn over_postgres(args: &Args, seed: Seed, report: &mut Report) {
    let postgres = PostgresServer::start("").await;
    let store = postgres.url();
    storm(args, seed, report, ("storm-postgres", "PostgreSQL", &store)).await;
}

/// Runs it once for every delay of the provider.
async fn storm(
    args: &Args,
    seed: Seed,
    report: &mut Report,
    (name, servers, store): (&str, &str, &str),
) {
    report.begin(&format!(
        "{name}: {} sessions, {CALLS} calls each, 3 replicas, {servers}",
        args.sessions
    ));
    let cluster = Cluster::start(args.binary(), name, seed, 3, store, &LONG_LIMIT).await;
    // Tokens must outlive the storm in which they are given, and end before the next one.
    let lifetime = Duration::from_secs((args.sessions * CALLS / 150).max(15) as u64);
    cluster
        .set(json!({"token_lifetime": lifetime.as_secs(), "rotation_grace": 0}))
        .await;

    let mut visitors = sign_in_all(&cluster, args.sessions).await;
    let mut all_expired = Instant::now() + lifetime;
    for (round, &delay) in (0..).zip(&args.delays) {
        sleep_until(all_expired + Duration::from_secs(1)).await;
        let mut choices = seed.stream("storm", round);
        visitors.shuffle(&mut choices);
        let calls = calls(&cluster, &visitors, &mut choices);
        cluster.delay_refreshes(delay * 1_000).await;
        cluster.forget().await;
        let begun = Instant::now();
        let outcome = send_from_processes(&calls, args.spread_ms).await;
        let took = begun.elapsed();
        all_expired = Instant::now() + lifetime;

        let counters = cluster.counters().await;
        let count = |name: &str| counters[name].as_u64().unwrap_or(u64::MAX);
        let of = |what: &str| format!("provider after {delay} s: {what}");
        report.exactly(&of("token calls"), args.sessions as u64, count("refreshes"));
        report.exactly(&of("reuses of a spent refresh token"), 0, count("reuses"));
        report.exactly(
            &of("answers 200 with the right user"),
            calls.len(),
            outcome.right,
        );
        report.exactly(&of("answers with another user's data"), 0, outcome.wrong);
        if !outcome.others.is_empty() {
            report.figure(&of("other ends"), outcome.others());
        }
        report.figure(
            &of("from the first call to the last answer"),
            format!("{:.1} s", took.as_secs_f64()),
        );
    }
    cluster.check_logs();
}

/// So many people, each signed in at some replica.
pub async fn sign_in_all(cluster: &Cluster, count: usize) -> Vec<Visitor> {
    let (client, provider, bases) = (Client::new(), cluster.provider.base(), cluster.bases());
    let visitors = stream::iter(0..count).map(async |number| {
        let name = format!("visitor-{number}");
        let mut visitor = Visitor::new(name, &client, &provider).await;
        let [begin, end] = [number, number + 1].map(|number| &bases[number % bases.len()]);
        let signed_in = visitor.sign_in(&client, begin, end).await;
        signed_in.expect("nothing is broken yet");
        visitor
    });
    visitors.buffer_unordered(DOORS).collect().await
}

/// The calls of one session after those of another, each set in an order of its own.
fn calls(cluster: &Cluster, visitors: &[Visitor], choices: &mut StdRng) -> Vec<Call> {
    let bases = cluster.bases();
    let mut all = Vec::new();
    for visitor in visitors {
        let call = |number: usize| Call {
            base: bases[number % bases.len()].clone(),
            cookie: visitor.cookie().to_owned(),
            user: visitor.name.clone(),
        };
        let mut own: Vec<Call> = (0..CALLS).map(call).collect();
        own.shuffle(choices);
        all.extend(own);
    }
    all
}
