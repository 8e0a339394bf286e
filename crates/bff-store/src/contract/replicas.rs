//! The part of the suite about what running replicas say of themselves.

use std::time::Duration;

use super::Fixture;
use crate::SessionStore;
use bff_core::{Clock as _, SystemClock};

const LONG: Duration = Duration::from_secs(60);

async fn listed(store: &dyn SessionStore) -> Vec<String> {
    let mut records = store.replicas(SystemClock.now()).await.unwrap();
    records.sort_unstable();
    records
}

pub async fn a_replica_is_listed_with_its_last_record_until_its_time_is_over(
    Fixture { store, .. }: Fixture,
) {
    assert!(listed(&*store).await.is_empty());
    let say = async |id: &str, record: &str, ttl: Duration| {
        let now = SystemClock.now();
        store.announce_replica(id, record, now, ttl).await.unwrap();
    };
    say("a", "{\"name\": \"first\"}", LONG).await;
    say("ab", "two", LONG).await;
    assert_eq!(listed(&*store).await, ["two", "{\"name\": \"first\"}"]);
    say("a", "one", LONG).await;
    say("a", "one", LONG).await;
    assert_eq!(listed(&*store).await, ["one", "two"]);

    say("ab", "two", Duration::ZERO).await;
    assert_eq!(listed(&*store).await, ["one"]);
    say("a", "one", Duration::from_millis(1)).await;
    while !listed(&*store).await.is_empty() {
        tokio::task::yield_now().await;
    }
}
