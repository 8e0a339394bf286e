//! The part of the suite about ends: of leases, sessions and spent attempts. Servers let things end by their own clock, so that is waited for;
//! stores that go by the time they are told are asked to the millisecond besides.

use std::time::Duration;

use super::{Fixture, at, record};
use crate::domain::{Clock as _, SystemClock, Timestamp};
use crate::store::Record;

/// Stores that go by the time they are told: there it is exact to the millisecond.
macro_rules! told_stores {
    ($($test:ident)+) => {
        mod told_memory_store { $(#[tokio::test] async fn $test() { super::$test(super::super::memory()).await; })+ }
        mod told_sqlite_store { $(#[tokio::test] async fn $test() { super::$test(super::super::sqlite()).await; })+ }
    };
}

told_stores! {
    a_lease_has_one_holder_until_it_ends
    sweeping_takes_what_is_over_and_nothing_else
}

/// Waits until the machine's clock, by which servers go too, is past `time`.
async fn past(time: Timestamp) {
    let past = time.plus(Duration::from_millis(5));
    while SystemClock.now() < past {
        tokio::time::sleep(past.since(SystemClock.now())).await;
    }
}

async fn a_lease_has_one_holder_until_it_ends(Fixture { store, .. }: Fixture) {
    let key = record().key;
    let (ours, theirs) = ("ours".to_owned(), "theirs".to_owned());
    let ttl = Duration::from_millis(1_000);
    assert!(store.lease(&key, &ours, at(0), ttl).await.unwrap());
    assert!(!store.lease(&key, &theirs, at(999), ttl).await.unwrap());
    assert!(
        store.lease(&key, &ours, at(900), ttl).await.unwrap(),
        "renewed"
    );
    assert!(
        !store.lease(&key, &theirs, at(1_500), ttl).await.unwrap(),
        "renewed until 1900"
    );
    assert!(
        store.lease(&key, &theirs, at(1_900), ttl).await.unwrap(),
        "over"
    );
    store.release(&key, &ours).await.unwrap();
    assert!(
        !store.lease(&key, &ours, at(2_000), ttl).await.unwrap(),
        "nobody releases another's lease"
    );
    store.release(&key, &theirs).await.unwrap();
    assert!(store.lease(&key, &ours, at(2_000), ttl).await.unwrap());
}

async fn sweeping_takes_what_is_over_and_nothing_else(Fixture { store, .. }: Fixture) {
    let over = Record {
        absolute_expires_at: at(5_000),
        ..record()
    };
    let live = record();
    for record in [&over, &live] {
        store.create(record.clone()).await.unwrap();
    }
    store.spend_attempt("tag", at(5_000)).await.unwrap();
    assert_eq!(store.sweep(at(4_999)).await.unwrap(), 0);
    assert!(!store.spend_attempt("tag", at(5_000)).await.unwrap());
    assert_eq!(store.sweep(at(5_000)).await.unwrap(), 1);
    assert_eq!(store.load(&over.key).await.unwrap(), None);
    assert!(store.load(&live.key).await.unwrap().is_some());
    assert!(
        store.spend_attempt("tag", at(9_000)).await.unwrap(),
        "forgotten with its end"
    );
}

pub async fn a_lease_holds_while_it_is_renewed_and_then_ends(Fixture { store, .. }: Fixture) {
    let key = record().key;
    let (ours, theirs) = ("ours".to_owned(), "theirs".to_owned());
    let (short, long) = (Duration::from_millis(100), Duration::from_secs(3_600));
    let lease = async |holder, ttl| {
        let lease = store.lease(&key, holder, SystemClock.now(), ttl);
        lease.await.unwrap()
    };
    assert!(lease(&ours, long).await);
    assert!(!lease(&theirs, long).await);
    assert!(lease(&ours, short).await, "renewed");
    assert!(lease(&ours, long).await, "renewed");
    past(SystemClock.now().plus(short)).await;
    assert!(!lease(&theirs, long).await, "renewed for an hour");
    assert!(lease(&ours, short).await, "renewed for a moment");
    past(SystemClock.now().plus(short)).await;
    assert!(lease(&theirs, long).await, "over");
    store.release(&key, &ours).await.unwrap();
    assert!(!lease(&ours, long).await, "nobody releases another's lease");
    store.release(&key, &theirs).await.unwrap();
    assert!(lease(&ours, long).await);
}

pub async fn what_is_past_its_end_is_gone_and_nothing_else(Fixture { store, .. }: Fixture) {
    let soon = SystemClock.now().plus(Duration::from_millis(200));
    let over = Record {
        absolute_expires_at: soon,
        ..record()
    };
    let live = record();
    for record in [&over, &live] {
        store.create(record.clone()).await.unwrap();
    }
    store.spend_attempt("tag", soon).await.unwrap();
    past(soon).await;
    store.sweep(SystemClock.now()).await.unwrap();
    assert_eq!(store.load(&over.key).await.unwrap(), None);
    assert_eq!(store.all().await.unwrap(), [live]);
    let later = SystemClock.now().plus(Duration::from_secs(900));
    assert!(
        store.spend_attempt("tag", later).await.unwrap(),
        "forgotten with its end"
    );
}
