//! Chaos: users click while replicas, Redis and the provider fail. No user may be signed out without asking for it, no user may see another user's
//! data, and a failed call must say that it can be repeated.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use futures_util::future::{join_all, ready};
use serde_json::json;
use tokio::time::Instant;

use super::args::Args;
use super::clicks::{Deployment, User};
use super::client::Client;
use super::clock::Moment;
use super::cluster::Cluster;
use super::group::Group;
use super::injected_faults::{break_provider, kill_replicas, lose_masters, lose_primaries};
use super::oracle::{Loss, Oracle, TOPUP};
use super::pair::Pair;
use super::provider_log::{Event, ProviderLog};
use super::report::Report;
use super::seed::Seed;
use super::verdict::{Evidence, Verdict};
use super::wire;

/// Seconds an access token works: all users refresh all the time.
const TOKEN_LIFETIME: u32 = 12;
/// Short, so that time limits are met as well.
const LIMITS: [(&str, &str); 1] = [("BFF_PROVIDER__TOTAL_TIMEOUT", "4s")];
/// The most findings of one kind that are printed.
const SHOWN: usize = 5;

/// What is running, and for how long it is broken.
pub struct Setting {
    pub name: &'static str,
    /// Seconds during which the provider takes a spent refresh token.
    pub grace: u32,
}

/// The servers that hold the sessions.
enum Servers<'a> {
    Redis(&'a mut Group),
    Postgres(&'a mut Pair),
    None,
}

/// Three replicas and Redis behind sentinels.
pub async fn over_redis(args: &Args, seed: Seed, report: &mut Report, setting: Setting) {
    report.begin(&format!(
        "{}: {} s, {} users, 3 replicas, Redis with 3 sentinels, provider with {} s of grace for spent refresh tokens",
        setting.name, args.seconds, args.users, setting.grace
    ));
    let mut group = Group::start().await;
    let cluster = Cluster::start(args.binary(), setting.name, seed, 3, &group.url(), &LIMITS).await;
    let servers = Servers::Redis(&mut group);
    run(args, seed, report, &setting, cluster, servers).await;
}

/// Three replicas and PostgreSQL with a standby.
pub async fn over_postgres(args: &Args, seed: Seed, report: &mut Report, setting: Setting) {
    report.begin(&format!(
        "{}: {} s, {} users, 3 replicas, PostgreSQL with a synchronous standby, provider with {} s of grace for spent refresh tokens",
        setting.name, args.seconds, args.users, setting.grace
    ));
    let mut pair = Pair::start().await;
    let cluster = Cluster::start(args.binary(), setting.name, seed, 3, &pair.url(), &LIMITS).await;
    let servers = Servers::Postgres(&mut pair);
    run(args, seed, report, &setting, cluster, servers).await;
}

/// One process and a file.
pub async fn over_sqlite(args: &Args, seed: Seed, report: &mut Report, setting: Setting) {
    report.begin(&format!(
        "{}: {} s, {} users, one process, SQLite, provider with {} s of grace for spent refresh tokens",
        setting.name, args.seconds, args.users, setting.grace
    ));
    let cluster = Cluster::start(
        args.binary(),
        setting.name,
        seed,
        1,
        "sqlite:sessions.db",
        &LIMITS,
    )
    .await;
    run(args, seed, report, &setting, cluster, Servers::None).await;
}

async fn run(
    args: &Args,
    seed: Seed,
    report: &mut Report,
    setting: &Setting,
    mut cluster: Cluster,
    servers: Servers<'_>,
) {
    cluster
        .set(json!({"token_lifetime": TOKEN_LIFETIME, "rotation_grace": setting.grace, "topup_url": TOPUP}))
        .await;
    let provider = cluster.provider.base();
    let log = ProviderLog::follow(provider.clone());
    let bases = cluster.bases();
    let topup = wire::fetch(&bases[0], "/api/user/topup", "").await;
    let deployment = Deployment {
        client: Client::new(),
        oracle: Oracle::default(),
        bases,
        provider: provider.clone(),
        // Signed out, the route answers 401.
        has_topup: topup.is_some_and(|(status, _)| status != 404),
    };
    let users = (0..args.users as u64).map(|number| User::new(number, seed, &deployment));
    let mut users = join_all(users).await;
    let end = Instant::now() + Duration::from_secs(args.seconds);
    let losing = async {
        match servers {
            Servers::Redis(group) => lose_masters(group, &deployment.oracle, seed, end).await,
            Servers::Postgres(pair) => lose_primaries(pair, &deployment.oracle, seed, end).await,
            Servers::None => ready(()).await,
        }
    };
    tokio::join!(
        join_all(users.iter_mut().map(|user| user.click_until(end))),
        kill_replicas(&mut cluster.replicas, &deployment.oracle, seed, end),
        break_provider(&provider, &deployment.oracle, seed, end),
        losing,
    );
    // Everything works again: every signed-in user must still be signed in.
    join_all(users.iter_mut().map(User::look)).await;
    drop(users);
    let (events, missed) = log.end().await;
    tell(
        report,
        setting,
        &cluster,
        &deployment.oracle,
        (events, missed),
    );
    cluster.check_logs();
}

fn tell(
    report: &mut Report,
    setting: &Setting,
    cluster: &Cluster,
    oracle: &Oracle,
    (events, missed): (Vec<Event>, u64),
) {
    let logs: BTreeMap<String, PathBuf> = cluster
        .replicas
        .iter()
        .map(|one| (one.base(), one.log.clone()))
        .collect();
    let kills = oracle.kills().into_iter();
    let kills: Vec<(PathBuf, Moment)> = kills
        .map(|(base, at, _)| (logs[&base].clone(), at))
        .collect();
    let granted = events
        .iter()
        .filter(|event| event.is_granted_refresh())
        .count();
    let reuses = events.iter().filter(|event| event.is_reuse()).count();
    report.exactly("provider's calls that were not seen", 0, missed);
    report.figure("refreshes granted", granted);
    report.figure("spent refresh tokens shown after the grace", reuses);
    for (what, times) in oracle.counts() {
        report.figure(&what, times);
    }
    let faults = cluster.folder.join("faults.log");
    std::fs::write(&faults, oracle.faults()).expect("it can be written");
    let evidence = Evidence::gather(events, &logs.into_values().collect::<Vec<_>>(), kills);
    let (mut with_the_answer, mut accidental) = (Vec::new(), Vec::new());
    for loss in oracle.losses() {
        match evidence.judge(&loss) {
            Verdict::WithTheAnswer(why) => with_the_answer.push(told(&loss, &why)),
            Verdict::Accidental(why) => accidental.push(told(&loss, &why)),
        }
    }
    none(report, "accidental sign-outs", &accidental);
    if setting.grace == 0 {
        report.figure(
            "lost with the answer that the provider's fault or a kill destroyed",
            with_the_answer.len(),
        );
        with_the_answer
            .iter()
            .take(SHOWN)
            .for_each(|loss| println!("        {loss}"));
    } else {
        none(
            report,
            "sign-outs by a destroyed answer in spite of the grace",
            &with_the_answer,
        );
    }
    none(report, "wrong answers", &oracle.wrong_answers());
    none(
        report,
        "failed calls that are no 503 or 504 with Retry-After",
        &oracle.unfit_answers(),
    );
    report.figure("logs", cluster.folder.display());
}

fn told(loss: &Loss, why: &str) -> String {
    format!(
        "{} signed in at {:.3}, lost at {:.3} ({}); {why}",
        loss.user, loss.since, loss.at, loss.told
    )
}

fn none(report: &mut Report, what: &str, found: &[String]) {
    report.exactly(what, 0, found.len());
    for one in found.iter().take(SHOWN) {
        println!("        {one}");
    }
}
