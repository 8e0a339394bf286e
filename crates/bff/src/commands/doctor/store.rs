//! The session store: a record is written, read and forgotten; its rights and settings; its latency; and the replicas that share it.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::config::StoreUrl;
use crate::domain::{Clock as _, KeyId, RequestId, SystemClock, SystemEntropy};
use crate::flow::{Difference, Replica, differences};
use crate::store::{SessionStore, StoreError, StoreFacts};

use super::finding::{Check, Finding};
use super::scene::{Scene, count};

/// How long the test record holds.
const HOLDS: Duration = Duration::from_secs(1);
/// Pause between two looks whether it is gone, and their number: five seconds.
const LOOK_AGAIN: Duration = Duration::from_millis(100);
const LOOKS: u32 = 50;
/// Number of pings of which the median counts.
const PINGS: usize = 5;
/// Latency from which the operator should know: 50 ms. Each request asks the store once or twice.
const SLOW: Duration = Duration::from_millis(50);

/// Examines the store, if there is one that this command can open.
pub async fn examine(scene: &Scene<'_>) -> Vec<Finding> {
    let Some(store) = scene.store.as_deref() else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    let facts = store.facts().await;
    findings.extend(rights(&facts));
    if let Err(error) = round_trip(store).await {
        findings.insert(0, unusable(&error));
        return findings;
    }
    let what = "the store takes, returns and forgets a record";
    findings.insert(0, Check::Store.good(what));
    findings.extend(eviction(scene, &facts));
    findings.extend(persistence(scene, &facts));
    findings.extend(durability(&facts));
    findings.extend(latency(store).await);
    findings.extend(replicas(scene));
    findings
}

/// Why the test record made no round trip.
enum Broken {
    Failed(StoreError),
    NotFound,
    NotForgotten,
}

impl From<StoreError> for Broken {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

/// Writes, reads and waits for the end of a record that no replica reads.
async fn round_trip(store: &dyn SessionStore) -> Result<(), Broken> {
    let id = RequestId::random(&SystemEntropy);
    let record = format!("doctor {}", id.as_str());
    store.ping().await?;
    let now = SystemClock.now();
    store
        .announce_replica(id.as_str(), &record, now, HOLDS)
        .await?;
    if !store.replicas(now).await?.contains(&record) {
        return Err(Broken::NotFound);
    }
    for _ in 0..LOOKS {
        if !store.replicas(SystemClock.now()).await?.contains(&record) {
            // Takes the row of a store that removes only when it is asked to.
            return Ok(store
                .announce_replica(id.as_str(), &record, now, Duration::ZERO)
                .await?);
        }
        sleep(LOOK_AGAIN).await;
    }
    Err(Broken::NotForgotten)
}

fn unusable(broken: &Broken) -> Finding {
    match broken {
        Broken::Failed(error) => Check::Store.failed(error.to_string(),
            "correct session.store, start the server, or give the account the rights of docs/operations.md",
        ),
        Broken::NotFound => Check::Store.failed("a record that was written is not found",
            "name the server that takes writes, not a copy of it",
        ),
        Broken::NotForgotten => Check::Store.failed("a record does not expire",
            "see that the clock of the store's server runs, and that nothing holds its expiry back",
        ),
    }
}

fn rights(facts: &StoreFacts) -> Option<Finding> {
    let refused = facts.refused_commands.as_ref()?;
    Some(if refused.is_empty() {
        Check::StoreRights.good("the account may run every command that the program uses")
    } else {
        Check::StoreRights.failed(
            format!("the account may not run {}", refused.join(", ")),
            "give it the rights of docs/operations.md (ACL SETUSER)",
        )
    })
}

fn is_redis(scene: &Scene<'_>) -> bool {
    !matches!(
        scene.config.session.store,
        StoreUrl::Sqlite { .. } | StoreUrl::Memory | StoreUrl::Postgres(_)
    )
}

fn eviction(scene: &Scene<'_>, facts: &StoreFacts) -> Option<Finding> {
    const CHECK: Check = Check::StoreEviction;
    match facts.eviction.as_deref() {
        None if is_redis(scene) => Some(CHECK.note(
            "not measured: the account may not read the setting",
            "see that maxmemory-policy is noeviction (redis-cli CONFIG GET maxmemory-policy)",
        )),
        None => None,
        Some("noeviction") => Some(
            CHECK.good("the store refuses writes when its memory is full, and drops no session"),
        ),
        Some(policy) if is_name(policy) => Some(CHECK.failed(
            format!("the store drops sessions when its memory is full (maxmemory-policy {policy})"),
            "set maxmemory-policy noeviction",
        )),
        Some(_) => None,
    }
}

/// Returns whether this is a word that a server may have written, and not a text to be kept out of a terminal.
fn is_name(text: &str) -> bool {
    text.len() <= 40 && text.chars().all(|c| c.is_ascii_lowercase() || c == '-')
}

fn persistence(scene: &Scene<'_>, facts: &StoreFacts) -> Option<Finding> {
    const CHECK: Check = Check::StorePersistence;
    match facts.is_log_written {
        Some(true) => Some(CHECK.good("the store writes each change to its log (appendonly yes)",
        )),
        Some(false) => Some(CHECK.note("the store writes no log, so a restart of its server loses the sessions since the last snapshot",
            "set appendonly yes and appendfsync always",
        )),
        None if is_redis(scene) => Some(CHECK.note("not measured: the account may not read the setting",
            "see that appendonly is yes (redis-cli CONFIG GET appendonly)",
        )),
        None => None,
    }
}

/// What PostgreSQL promises of a confirmed write.
fn durability(facts: &StoreFacts) -> Option<Finding> {
    const CHECK: Check = Check::StorePersistence;
    Some(match (facts.survives_crash?, facts.survives_loss?) {
        (false, _) => CHECK.failed("a crash of the server loses sessions that it confirmed",
            "set fsync, full_page_writes and synchronous_commit on",
        ),
        (true, false) => CHECK.note("a confirmed write survives a crash of the server, but not its loss",
            "name a synchronous standby in synchronous_standby_names, or accept that the loss of the server signs users out",
        ),
        (true, true) => CHECK.good("a confirmed write survives the loss of the server"),
    })
}

async fn latency(store: &dyn SessionStore) -> Option<Finding> {
    const CHECK: Check = Check::StoreLatency;
    let mut times = Vec::new();
    for _ in 0..PINGS {
        let began = Instant::now();
        store.ping().await.ok()?;
        times.push(began.elapsed());
    }
    times.sort_unstable();
    let median = times[PINGS / 2];
    let what = format!(
        "the store answers within {} ms (median of {PINGS})",
        median.as_millis() + 1
    );
    Some(if median < SLOW {
        CHECK.good(what)
    } else {
        CHECK.note(what, "run the store in the same network as the program")
    })
}

/// Compares the running replicas with each other and with the settings of this command.
fn replicas(scene: &Scene<'_>) -> Vec<Finding> {
    const CHECK: Check = Check::Replicas;
    let running = &scene.replicas;
    if running.is_empty() {
        return vec![CHECK.good("no replica runs")];
    }
    let mut findings: Vec<Finding> = differences(running)
        .into_iter()
        .map(|difference| {
            let (what, fix) = explain(difference);
            let list = list(running, |replica| value(replica, difference));
            CHECK.failed(format!("{what}: {list}"), fix)
        })
        .collect();
    if findings.is_empty()
        && let Some(keys) = &scene.keys
    {
        let ours = Replica {
            id: "this command".to_owned(),
            app: scene.app.to_owned(),
            version: String::new(),
            origin: scene.config.public_origin(),
            keys: keys.ids().iter().map(KeyId::to_string).collect(),
        };
        let both = [running.as_slice(), &[ours]].concat();
        for difference in differences(&both) {
            let list = list(&both, |replica| value(replica, difference));
            let what = format!(
                "the settings of this command are not those of the running program: {list}"
            );
            let fix = "give this command the environment and the folder of the program, or restart the program with the new settings";
            findings.push(CHECK.failed(what, fix));
        }
    }
    if findings.is_empty() {
        let first = running.first().map(|replica| &replica.version);
        let what = format!(
            "{} with the same settings",
            count(running.len(), "running replica")
        );
        findings.push(
            if running
                .iter()
                .any(|replica| Some(&replica.version) != first)
            {
                let list = list(running, |replica| replica.version.clone());
                CHECK.note(
                    format!("{what}, in several versions: {list}"),
                    "finish the update",
                )
            } else {
                CHECK.good(what)
            },
        );
    }
    findings
}

const fn explain(difference: Difference) -> (&'static str, &'static str) {
    match difference {
        Difference::App => (
            "two apps share one store",
            "give each app a store of its own",
        ),
        Difference::Keys => (
            "replicas have other sealing keys, so each loses the sessions of the other",
            "give every replica the same session.keys, in the same order",
        ),
        Difference::Origin => (
            "replicas have other public origins",
            "give every replica the same oauth.redirect_uri",
        ),
    }
}

fn value(replica: &Replica, difference: Difference) -> String {
    match difference {
        Difference::App => replica.app.clone(),
        Difference::Keys => replica.keys.join("+"),
        Difference::Origin => replica.origin.clone(),
    }
}

/// Lists each replica with its value. The records come from the store, so control characters are left out.
fn list(replicas: &[Replica], value: impl Fn(&Replica) -> String) -> String {
    const LONGEST: usize = 400;
    let parts: Vec<String> = replicas
        .iter()
        .map(|replica| format!("{} has {}", replica.id, value(replica)))
        .collect();
    parts
        .join(", ")
        .chars()
        .filter(|c| !c.is_control())
        .take(LONGEST)
        .collect()
}
