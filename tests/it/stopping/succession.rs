//! A refresh whose replica is killed, and one whose provider is slow: over two replicas on one Redis. Here only time itself can show it.

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use crate::launch::Addresses;
use crate::support::fleet::Fleet;
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

#[tokio::test]
async fn a_holder_that_is_killed_is_succeeded_within_three_seconds_of_its_leases_end() {
    let fleet = Fleet::at(&Addresses::free()).await;
    let mut holder = fleet.replica(&[]).await;
    let successor = fleet.replica(&[]).await;
    let here = holder.browser();
    here.sign_in().await;
    let there = at(&here, &successor);
    fleet.provider.expire_tokens("demo").await;
    fleet.provider.break_once("token.refresh", "hang").await;

    let held = json!({ "endpoint": "token.refresh", "outcome": "held" });
    tokio::select! {
        _ = here.fetch("GET", "/api/user/info") => panic!("the provider says nothing"),
        () = fleet.provider.wait_for(held) => {}
    }
    // Long enough for the lease to be renewed by a holder that lives.
    tokio::time::sleep(LEASE).await;
    let before = Instant::now();
    holder.kill();
    let killed = Instant::now();
    let succeeded = async {
        let ok = json!({ "endpoint": "token.refresh", "outcome": "ok" });
        fleet.provider.wait_for(ok).await;
        Instant::now()
    };
    let (answer, succeeded) = tokio::join!(there.fetch("GET", "/api/user/info"), succeeded);
    assert_eq!(answer.status, 200, "{}", answer.text());
    // The last renewal was at most a second before the end, give or take what it took.
    let earliest = LEASE - RENEWAL - Duration::from_millis(200);
    assert!(succeeded - before > earliest, "{:?}", succeeded - before);
    assert!(
        succeeded - killed < LEASE + SUCCESSION,
        "{:?}",
        succeeded - killed
    );
    assert_eq!(fleet.provider.count("reuses").await, 0);
    assert_eq!(fleet.provider.count("refreshes_granted").await, 1);
}

#[tokio::test]
async fn the_lease_outlives_a_provider_that_takes_thirty_seconds() {
    let fleet = Fleet::at(&Addresses::free()).await;
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
        .sandbox(reqwest::Method::POST, "faults", slow)
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
