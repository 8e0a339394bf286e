//! Near miss: a call reads a session's tokens, a refresh by another replica ends, and only then does the call learn that its token is dead. It must
//! take the new tokens, and never spend the refresh token that it still holds.

use std::time::Duration;

use bff_testing::{RedisServer, SandboxControl};
use futures_util::future::join_all;
use rand::RngExt as _;
use rand::rngs::StdRng;
use reqwest::Method;
use serde_json::json;
use tokio::time::sleep;

use super::args::Args;
use super::client::Client;
use super::cluster::{Cluster, LONG_LIMIT};
use super::load::{Call, Outcome, end_of};
use super::report::Report;
use super::seed::Seed;
use super::storm::sign_in_all;
use super::visitor::Visitor;

/// Sessions that are tried side by side.
const SESSIONS: usize = 40;
/// Tries for each refresh, over two replicas.
const TRIES: usize = 4;
/// How late the provider says that a token is dead, in milliseconds: so long are old tokens held while they are refreshed.
const HELD: u64 = 200;

/// Lets tokens die again and again, and calls meet the refresh from both sides.
pub async fn near_miss(args: &Args, seed: Seed, report: &mut Report) {
    let rounds = args.tries.div_ceil(SESSIONS * TRIES);
    report.begin(&format!(
        "near miss: {} tries, 2 replicas, Redis",
        rounds * SESSIONS * TRIES
    ));
    let redis = RedisServer::start("").await;
    let store = format!("redis://127.0.0.1:{}", redis.port());
    let cluster = Cluster::start(args.binary(), "near-miss", seed, 2, &store, &LONG_LIMIT).await;
    cluster.set(json!({"rotation_grace": 0})).await;
    let visitors = sign_in_all(&cluster, SESSIONS).await;
    let provider = cluster.provider.base();
    let late = json!({"endpoint": "userinfo", "fault": "slow", "ms": HELD, "times": null});
    SandboxControl::new(&provider)
        .ask(Method::POST, "faults", late)
        .await;
    cluster.forget().await;

    let (client, bases) = (Client::new(), cluster.bases());
    let sessions = visitors.iter().zip(0..).map(async |(visitor, number)| {
        let mut choices = seed.stream("near miss", number);
        let mut outcome = Outcome::default();
        for _ in 0..rounds {
            let path = format!("users/{}/expire", visitor.name);
            SandboxControl::new(&provider)
                .ask(Method::POST, &path, json!(null))
                .await;
            outcome.add(one_round(&client, &bases, visitor, &mut choices).await);
        }
        outcome
    });
    let mut all = Outcome::default();
    join_all(sessions)
        .await
        .into_iter()
        .for_each(|one| all.add(one));

    let counters = cluster.counters().await;
    let count = |name: &str| counters[name].as_u64().unwrap_or(0);
    let refreshes = (rounds * SESSIONS) as u64;
    let calls = refreshes * (1 + TRIES as u64);
    report.exactly(
        "token calls, one for each dead token",
        refreshes,
        count("refreshes"),
    );
    report.exactly("reuses of a spent refresh token", 0, count("reuses"));
    report.exactly("answers 200 with the right user", calls, all.right as u64);
    report.exactly("answers with another user's data", 0, all.wrong);
    if !all.others.is_empty() {
        report.figure("other ends", all.others());
    }
    // Each call asks once; who held a dead token asked twice, and one of them did for each refresh.
    let stale = count("userinfo_requests")
        .saturating_sub(calls)
        .saturating_sub(refreshes);
    report.expect(
        "tries that held the dead token over the refresh",
        stale > refreshes,
        stale,
    );
    cluster.check_logs();
}

/// One call that finds the token dead and refreshes, and others that begin before and after that is done.
async fn one_round(
    client: &Client,
    bases: &[String],
    visitor: &Visitor,
    choices: &mut StdRng,
) -> Outcome {
    let calls = (0..=TRIES).map(|number| {
        // The first begins at once; it learns that its token is dead, and refreshes, after the wait.
        let offset = if number == 0 {
            0
        } else {
            choices.random_range(0..2 * HELD)
        };
        let call = Call {
            base: bases[choices.random_range(0..bases.len())].clone(),
            cookie: visitor.cookie().to_owned(),
            user: visitor.name.clone(),
        };
        async move {
            sleep(Duration::from_millis(offset)).await;
            end_of(client, &call).await
        }
    });
    let calls: Vec<_> = calls.collect();
    let mut outcome = Outcome::default();
    join_all(calls)
        .await
        .into_iter()
        .for_each(|one| outcome.add(one));
    outcome
}
