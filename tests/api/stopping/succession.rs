//! A refresh whose replica is killed, and one whose provider is slow: two replicas on one Redis. These tests need real time.

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use crate::support::*;

/// How long a lease holds, and how often it is renewed.
const LEASE: Duration = Duration::from_secs(5);
const RENEWAL: Duration = Duration::from_secs(1);
/// What a successor may take once the lease has ended.
const SUCCESSION: Duration = Duration::from_secs(3);

/// The same browser, sent to this replica.
fn at(browser: &Browser, replica: &Program) -> Browser {
    let mut moved = browser.copy();
    moved.address.clone_from(&replica.addresses.public);
    moved
}

/// The replica begins a refresh, and the provider has the refresh token and says nothing yet.
async fn hangs_at_the_provider(fleet: &Fleet, here: &Browser) {
    fleet.provider.expire_tokens("demo").await;
    fleet.provider.break_once("token.refresh", "hang").await;
    let held = json!({ "endpoint": "token.refresh", "outcome": "held" });
    tokio::select! {
        _ = here.fetch("GET", "/api/user/info") => panic!("the provider says nothing"),
        () = fleet.provider.wait_for(held) => {}
    }
}

/// The one key of this kind that there is in Redis, and what it holds, if it does.
fn found(redis: &mut redis::Connection, kind: &str) -> Option<(String, String)> {
    let pattern = format!("bff:{kind}:*");
    let names: Vec<String> = redis::cmd("KEYS").arg(pattern).query(redis).unwrap();
    let name = names.first()?;
    let value: Option<String> = redis::cmd("GET").arg(name).query(redis).unwrap();
    Some((name.clone(), value?))
}

fn connect(fleet: &Fleet) -> redis::Connection {
    let address = format!("redis://127.0.0.1:{}", fleet.redis.port());
    let client = redis::Client::open(address).expect("an address");
    client.get_connection().expect("it listens")
}

/// It had not sent the refresh token: nothing of it is in the store but its lease.
#[tokio::test]
async fn a_holder_that_is_killed_is_succeeded_within_three_seconds_of_its_leases_end() {
    let fleet = Fleet::at(BINARY, &Addresses::free()).await;
    let successor = fleet.replica(&[]).await;
    let here = successor.browser();
    here.sign_in().await;
    fleet.provider.expire_tokens("demo").await;
    let mut redis = connect(&fleet);
    let names: Vec<String> = redis::cmd("KEYS")
        .arg("bff:session:*")
        .query(&mut redis)
        .unwrap();
    let lease = names[0].replace(":session:", ":lease:");
    let before = Instant::now();
    redis::cmd("SET")
        .arg(lease)
        .arg("a replica that was killed")
        .arg("PX")
        .arg(LEASE.as_millis() as u64)
        .exec(&mut redis)
        .unwrap();
    let killed = Instant::now();
    let answer = here.fetch("GET", "/api/user/info").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let succeeded = Instant::now();
    assert!(succeeded - before > LEASE, "{:?}", succeeded - before);
    assert!(
        succeeded - killed < LEASE + SUCCESSION,
        "{:?}",
        succeeded - killed
    );
    assert_eq!(fleet.provider.count("reuses").await, 0);
    assert_eq!(fleet.provider.count("refreshes_granted").await, 1);
}

/// It had sent the refresh token: it may have been rotated, and only its mark says so.
#[tokio::test]
async fn a_holder_that_is_killed_at_the_provider_is_succeeded_when_its_mark_ends() {
    const REFRESH: Duration = Duration::from_secs(9);
    let timeouts = [
        ("BFF_PROVIDER__TOTAL_TIMEOUT", "9s"),
        ("BFF_PROVIDER__REFRESH_TIMEOUT", "9s"),
    ];
    let fleet = Fleet::at(BINARY, &Addresses::free()).await;
    let mut holder = fleet.replica(&timeouts).await;
    let successor = fleet.replica(&timeouts).await;
    let here = holder.browser();
    here.sign_in().await;
    let there = at(&here, &successor);
    let before = Instant::now();
    hangs_at_the_provider(&fleet, &here).await;
    holder.kill();
    let killed = Instant::now();
    let succeeded = async {
        let ok = json!({ "endpoint": "token.refresh", "outcome": "ok" });
        fleet.provider.wait_for(ok).await;
        Instant::now()
    };
    // Who asks meanwhile is told in time, and stays signed in.
    let (answer, succeeded) = tokio::join!(there.fetch("GET", "/api/user/info"), succeeded);
    assert!(matches!(answer.status, 200 | 504), "{}", answer.text());
    assert!(succeeded - before > REFRESH, "{:?}", succeeded - before);
    assert!(
        succeeded - killed < REFRESH + SUCCESSION,
        "{:?}",
        succeeded - killed
    );
    assert_eq!(there.fetch("GET", "/api/user/info").await.status, 200);
    assert_eq!(fleet.provider.count("reuses").await, 0);
    assert_eq!(fleet.provider.count("refreshes_granted").await, 1);
}

/// The provider rotates while the holder stands still, for longer than its lease: its successor must not show the spent token.
#[tokio::test]
async fn a_holder_that_stands_still_past_its_lease_still_stores_what_the_provider_rotated_to() {
    let fleet = Fleet::at(BINARY, &Addresses::free()).await;
    let (holder, successor) = (fleet.replica(&[]).await, fleet.replica(&[]).await);
    let here = holder.browser();
    here.sign_in().await;
    let there = at(&here, &successor);
    hangs_at_the_provider(&fleet, &here).await;
    let mut redis = connect(&fleet);
    let (_, holders) = found(&mut redis, "lease").expect("a lease");
    holder.signal("-STOP");
    fleet.provider.mend().await;
    let ok = json!({ "endpoint": "token.refresh", "outcome": "ok" });
    fleet.provider.wait_for(ok).await;

    let goes_on = async {
        // The successor has the lease, and looks at the mark.
        loop {
            let lease = found(&mut redis, "lease");
            if lease.is_some_and(|(_, other)| other != holders) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        tokio::time::sleep(RENEWAL).await;
        assert_eq!(fleet.provider.count("reuses").await, 0);
        holder.signal("-CONT");
    };
    let (answer, ()) = tokio::join!(there.fetch("GET", "/api/user/info"), goes_on);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(here.fetch("GET", "/api/user/info").await.status, 200);
    assert_eq!(fleet.provider.count("reuses").await, 0);
    assert_eq!(fleet.provider.count("refreshes_granted").await, 1);
    // Nothing is left that would delay the next one.
    while found(&mut redis, "lease").is_some() || found(&mut redis, "spending").is_some() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    fleet.provider.expire_tokens("demo").await;
    assert_eq!(there.fetch("GET", "/api/user/info").await.status, 200);
}

/// The same with two processes over one file, of which one is stopped and the other may see that it is still there.
#[tokio::test]
async fn with_a_session_file_a_stopped_holder_stores_its_tokens_and_a_killed_one_is_succeeded_at_once()
 {
    const KEY: (&str, &str) = (
        "SESSION_KEYS",
        "AJdSXzfH1AFhZgQycPHeK+syTfbIs0X+xgTyb/szDvI=",
    );
    let fleet = Fleet::at(BINARY, &Addresses::free()).await;
    let file = fleet.provider.folder.path().join("shared.db");
    let store = format!("sqlite:{}", file.display());
    let settings = [("SESSION_STORE", store.as_str()), KEY];
    let (mut holder, successor) = (
        fleet.replica(&settings).await,
        fleet.replica(&settings).await,
    );
    let rows = rusqlite::Connection::open(&file).expect("a database");
    rows.busy_timeout(Duration::from_secs(10))
        .expect("it can wait");
    let lease = || -> Option<String> {
        let holder = rows.query_row("SELECT holder FROM lease", [], |row| row.get(0));
        holder.ok()
    };
    let here = holder.browser();
    here.sign_in().await;
    let there = at(&here, &successor);
    let ok = json!({ "endpoint": "token.refresh", "outcome": "ok" });

    hangs_at_the_provider(&fleet, &here).await;
    let holders = lease().expect("a lease");
    holder.signal("-STOP");
    fleet.provider.mend().await;
    fleet.provider.wait_for(ok).await;
    let goes_on = async {
        while lease().is_none_or(|other| other == holders) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        tokio::time::sleep(RENEWAL).await;
        assert_eq!(fleet.provider.count("reuses").await, 0);
        holder.signal("-CONT");
    };
    let (answer, ()) = tokio::join!(there.fetch("GET", "/api/user/info"), goes_on);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(fleet.provider.count("refreshes_granted").await, 1);

    // A killed replica stores nothing any more: its lease ends, and its mark counts for nothing.
    fleet.provider.forget_counts().await;
    hangs_at_the_provider(&fleet, &here).await;
    holder.kill();
    let killed = Instant::now();
    let answer = there.fetch("GET", "/api/user/info").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(
        killed.elapsed() < LEASE + SUCCESSION,
        "{:?}",
        killed.elapsed()
    );
    assert_eq!(fleet.provider.count("reuses").await, 0);
}

#[tokio::test]
async fn the_lease_is_held_while_the_provider_takes_thirty_seconds() {
    let fleet = Fleet::at(BINARY, &Addresses::free()).await;
    let patient = [
        ("BFF_PROVIDER__TOTAL_TIMEOUT", "60s"),
        ("BFF_PROVIDER__REFRESH_TIMEOUT", "60s"),
        ("BFF_SERVER__SHUTDOWN_GRACE", "60s"),
    ];
    let (one, other) = (fleet.replica(&patient).await, fleet.replica(&patient).await);
    let here = one.browser();
    here.sign_in().await;
    let there = at(&here, &other);
    fleet.provider.expire_tokens("demo").await;
    let slow = json!({ "endpoint": "token.refresh", "fault": "slow", "ms": 30_000, "times": null });
    fleet
        .provider
        .sandbox
        .ask(reqwest::Method::POST, "faults", slow)
        .await;

    let ask = async |browser: &Browser| browser.fetch("GET", "/api/user/info").await.status;
    let (first, second) = tokio::join!(ask(&here), ask(&there));
    assert_eq!((first, second), (200, 200));
    assert_eq!(
        fleet.provider.count("token_requests").await,
        2,
        "the login and one refresh"
    );
    assert_eq!(fleet.provider.count("reuses").await, 0);
}
