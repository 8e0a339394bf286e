//! The faults that the harness causes, and when: replicas are killed and started again, the master of Redis or the primary of PostgreSQL is frozen,
//! killed or replaced, the provider is slow, silent, or sends invalid answers. Each kind runs by itself, with choices of its own.

use std::ops::Range;
use std::time::Duration;

use bff_testing::SandboxControl;
use rand::RngExt as _;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom as _;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::cluster::Process;
use super::group::Group;
use super::oracle::Oracle;
use super::pair::Pair;
use super::seed::Seed;

/// The faults of the provider that pass, each with the endpoints that it makes sense at.
const FAULTS: [(&str, &[&str]); 11] = [
    (
        "hang",
        &["token.refresh", "token.code", "userinfo", "topup"],
    ),
    ("stall_body", &["userinfo"]),
    ("cut_body", &["token.refresh", "userinfo"]),
    ("drop", &["token", "token.refresh", "userinfo", "topup"]),
    ("drop_after", &["token.code", "token.refresh", "userinfo"]),
    ("empty_429", &["token.refresh", "userinfo"]),
    ("empty_503", &["token", "userinfo", "topup"]),
    ("error_object_500", &["token.refresh", "userinfo"]),
    ("html_502", &["token.refresh", "userinfo", "topup"]),
    ("html_504", &["token.refresh", "userinfo"]),
    ("slow", &["token.refresh", "userinfo"]),
];

/// A pause before the next fault, in milliseconds.
async fn pause(choices: &mut StdRng, range: Range<u64>) {
    sleep(Duration::from_millis(choices.random_range(range))).await;
}

/// Kills a replica and starts it again, one at a time, until the end.
pub async fn kill_replicas(replicas: &mut [Process], oracle: &Oracle, seed: Seed, end: Instant) {
    let mut choices = seed.stream("replicas", 0);
    while Instant::now() < end {
        pause(&mut choices, 2_000..9_000).await;
        let which = choices.random_range(0..replicas.len());
        let replica = &mut replicas[which];
        oracle.down(&replica.base());
        oracle.fault(&format!("replica {} killed", replica.base()));
        replica.kill();
        oracle.count("replicas killed");
        pause(&mut choices, 0..1_500).await;
        replica.start_again();
        assert!(
            replica.is_ready().await,
            "it does not start: {}",
            replica.log.display()
        );
        oracle.up(&replica.base());
        oracle.fault(&format!("replica {} is back", replica.base()));
    }
}

/// Takes the master of Redis away, in one way or another, until the end. The next one is not lost before the group is whole again: what only a
/// lost master knew is lost.
pub async fn lose_masters(group: &mut Group, oracle: &Oracle, seed: Seed, end: Instant) {
    let mut choices = seed.stream("redis", 0);
    while Instant::now() < end {
        pause(&mut choices, 4_000..12_000).await;
        let Some(master) = group.master().await else {
            continue;
        };
        oracle.fault(&format!("master {master} of Redis is lost"));
        match choices.random_range(0..3) {
            0 => {
                let time = Duration::from_millis(choices.random_range(200..1_000));
                group.freeze(master, time).await;
                oracle.count("masters of Redis frozen for less than a second");
            }
            1 => {
                // It thaws before, while and after its sentinels choose another.
                let time = Duration::from_millis(choices.random_range(1_000..6_000));
                group.freeze(master, time).await;
                oracle.count("masters of Redis frozen for longer");
            }
            _ => {
                group.kill(master).await;
                oracle.count("masters of Redis killed");
            }
        }
        oracle.fault("it runs again");
        group.until_whole().await;
        oracle.fault("Redis is whole again");
    }
}

/// Longest time between two promotions, in seconds.
const PROMOTION: u64 = 60;

/// Disturbs PostgreSQL until the end: ends connections, freezes or kills the primary, and promotes the standby at least once a minute. The next fault
/// waits until the standby confirms writes again, because a write that only a lost server knew cannot be given back.
pub async fn lose_primaries(pair: &mut Pair, oracle: &Oracle, seed: Seed, end: Instant) {
    let mut choices = seed.stream("postgres", 0);
    let mut promoted = Instant::now();
    while Instant::now() < end {
        pause(&mut choices, 3_000..10_000).await;
        let is_due = promoted.elapsed().as_secs() + 10 > PROMOTION;
        let what = if is_due {
            4
        } else {
            choices.random_range(0..5)
        };
        oracle.fault(&format!("PostgreSQL: fault {what}"));
        match what {
            0 => {
                pair.end_connections();
                oracle.count("connections of PostgreSQL ended");
            }
            1 => {
                let time = Duration::from_millis(choices.random_range(200..1_000));
                pair.freeze(time).await;
                oracle.count("primaries frozen for less than a second");
            }
            2 => {
                let time = Duration::from_millis(choices.random_range(1_000..6_000));
                pair.freeze(time).await;
                oracle.count("primaries frozen for longer");
            }
            3 => {
                pair.kill().await;
                oracle.count("primaries killed and started again");
            }
            _ => {
                let is_killed = choices.random_bool(0.5);
                pair.promote(is_killed).await;
                promoted = Instant::now();
                oracle.count(match is_killed {
                    true => "standbys promoted after the primary was killed",
                    false => "standbys promoted beside a primary that was still running",
                });
            }
        }
        oracle.fault("PostgreSQL is whole again");
    }
}

/// Breaks the provider now and then, until the end; then it is whole.
pub async fn break_provider(provider: &str, oracle: &Oracle, seed: Seed, end: Instant) {
    let mut choices = seed.stream("provider", 0);
    while Instant::now() < end {
        pause(&mut choices, 300..3_000).await;
        let (fault, endpoints) = FAULTS.choose(&mut choices).expect("there are faults");
        let endpoint = endpoints.choose(&mut choices).expect("each has endpoints");
        // Half of them hit a few calls, the others all users for a while.
        let times: Option<u32> = choices.random_bool(0.5).then(|| choices.random_range(1..6));
        let order = json!({
            "endpoint": endpoint,
            "fault": fault,
            "times": times,
            "ms": choices.random_range(200..3_000),
            "when": if *fault == "cut_body" && choices.random_bool(0.5) { "after" } else { "before" },
        });
        ask(provider, Method::POST, "faults", order).await;
        ask(
            provider,
            Method::PATCH,
            "settings",
            json!({"latency_ms": choices.random_range(0..150)}),
        )
        .await;
        oracle.count(&format!("faults of the provider: {fault}"));
        oracle.fault(&format!("provider: {fault} at {endpoint}, {times:?} times"));
        pause(&mut choices, 500..6_000).await;
        ask(provider, Method::DELETE, "faults", json!(null)).await;
    }
    ask(
        provider,
        Method::PATCH,
        "settings",
        json!({"latency_ms": 0}),
    )
    .await;
}

async fn ask(provider: &str, method: Method, path: &str, body: Value) {
    SandboxControl::new(provider).ask(method, path, body).await;
}
