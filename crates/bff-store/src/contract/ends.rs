//! The part of the suite about expiry: of leases, sessions and spent attempts. Server stores use their own clock, so these tests wait for it.
//! Stores that use the time given in a call are also tested to the millisecond.

use std::sync::Arc;
use std::time::Duration;

use super::{Fixture, at, claim, record};
use crate::Record;
use bff_core::{Clock as _, EndCause, SystemClock, Timestamp};

/// Tests for stores that use the time given in a call, exact to the millisecond.
macro_rules! told_stores {
    ($($test:ident)+) => {
        mod told_memory_store { $(#[tokio::test] async fn $test() { super::$test(super::super::memory()).await; })+ }
        mod told_sqlite_store { $(#[tokio::test] async fn $test() { super::$test(super::super::sqlite()).await; })+ }
    };
}

told_stores! {
    a_lease_has_one_holder_until_it_ends
    a_claim_of_a_clock_that_is_ahead_counts_as_expired
    any_number_of_unused_sessions_is_swept
    sweeping_takes_what_is_over_and_nothing_else
}

/// Waits until the machine's clock, which local servers also use, is past `time`.
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
    assert!(store.lease(&key, &claim(&ours, at(0), ttl)).await.unwrap());
    assert!(
        !store
            .lease(&key, &claim(&theirs, at(999), ttl))
            .await
            .unwrap()
    );
    assert!(
        store
            .lease(&key, &claim(&ours, at(900), ttl))
            .await
            .unwrap(),
        "renewed"
    );
    assert!(
        !store
            .lease(&key, &claim(&theirs, at(1_500), ttl))
            .await
            .unwrap(),
        "renewed until 1900"
    );
    assert!(
        store
            .lease(&key, &claim(&theirs, at(1_900), ttl))
            .await
            .unwrap(),
        "over"
    );
    store.release(&key, &ours).await.unwrap();
    assert!(
        !store
            .lease(&key, &claim(&ours, at(2_000), ttl))
            .await
            .unwrap(),
        "no replica releases another's lease"
    );
    store.release(&key, &theirs).await.unwrap();
    assert!(
        store
            .lease(&key, &claim(&ours, at(2_000), ttl))
            .await
            .unwrap()
    );
}

/// The clock is set back by an hour. Without the rule for this case, an earlier claim would hold for that hour.
async fn a_claim_of_a_clock_that_is_ahead_counts_as_expired(Fixture { store, .. }: Fixture) {
    let record = record();
    store.create(record.clone()).await.unwrap();
    let key = record.key;
    let ttl = Duration::from_millis(5_000);
    let then = |holder| claim(holder, at(3_600_000), ttl);
    assert!(store.lease(&key, &then("dead")).await.unwrap());
    assert!(store.mark_spending(&key, 1, &then("dead")).await.unwrap());
    for (now, is_over) in [(3_600_000, false), (3_600_000 - 1, true), (0, true)] {
        let now = claim("ours", at(now), ttl);
        assert_eq!(store.lease(&key, &now).await.unwrap(), is_over);
        assert_eq!(store.mark_spending(&key, 1, &now).await.unwrap(), is_over);
    }
    // The new claim holds like any other.
    let soon = claim("theirs", at(4_999), ttl);
    assert!(!store.lease(&key, &soon).await.unwrap());
    assert!(!store.mark_spending(&key, 1, &soon).await.unwrap());
}

async fn any_number_of_unused_sessions_is_swept(Fixture { store, .. }: Fixture) {
    const NUMBER: u64 = 1_201;
    let used = Record {
        last_seen_at: at(5_001),
        ..record()
    };
    store.create(used.clone()).await.unwrap();
    let unused = (0..NUMBER).map(|number| Record {
        last_seen_at: at(5_000 - number as i64),
        ..record()
    });
    let made = futures_util::future::join_all(unused.map(|record| store.create(record))).await;
    assert!(made.iter().all(Result::is_ok));
    assert_eq!(store.sweep(at(6_000), at(5_000)).await.unwrap(), NUMBER);
    assert_eq!(store.all().await.unwrap(), [used]);
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
    store
        .spend_attempt("tag", at(0), Duration::from_secs(5))
        .await
        .unwrap();
    assert_eq!(store.sweep(at(4_999), at(0)).await.unwrap(), 0);
    assert!(
        !store
            .spend_attempt("tag", at(0), Duration::from_secs(5))
            .await
            .unwrap()
    );
    assert_eq!(store.sweep(at(5_000), at(0)).await.unwrap(), 1);
    assert_eq!(store.load(&over.key).await.unwrap(), None);
    assert!(store.load(&live.key).await.unwrap().is_some());
    assert!(
        store
            .spend_attempt("tag", at(0), Duration::from_secs(9))
            .await
            .unwrap(),
        "forgotten with its end"
    );
}

pub async fn a_lease_holds_while_it_is_renewed_and_then_ends(Fixture { store, .. }: Fixture) {
    let key = record().key;
    let (ours, theirs) = ("ours".to_owned(), "theirs".to_owned());
    let (short, long) = (Duration::from_millis(100), Duration::from_secs(3_600));
    let lease = async |holder: &String, ttl| {
        let claim = claim(holder, SystemClock.now(), ttl);
        let lease = store.lease(&key, &claim);
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
    assert!(
        !lease(&ours, long).await,
        "no replica releases another's lease"
    );
    store.release(&key, &theirs).await.unwrap();
    assert!(lease(&ours, long).await);
}

pub async fn a_mark_keeps_others_from_spending_until_it_ends(Fixture { store, .. }: Fixture) {
    let record = record();
    let key = record.key;
    store.create(record).await.unwrap();
    let (short, long) = (Duration::from_millis(100), Duration::from_secs(3_600));
    let (ours, theirs) = ("ours".to_owned(), "theirs".to_owned());
    let lease = async |holder: &String, ttl| {
        let claim = claim(holder, SystemClock.now(), ttl);
        store.lease(&key, &claim).await.unwrap()
    };
    let mark = async |holder: &String, version, ttl| {
        let claim = claim(holder, SystemClock.now(), ttl);
        let mark = store.mark_spending(&key, version, &claim);
        mark.await.unwrap()
    };
    assert!(!mark(&ours, 1, long).await, "no replica has the lease");
    assert!(lease(&ours, long).await);
    assert!(!mark(&theirs, 1, long).await, "the lease is another's");
    assert!(!mark(&ours, 2, long).await, "no such version");
    assert!(mark(&ours, 1, long).await);
    assert!(mark(&ours, 1, long).await, "one's own");

    // The holder pauses until its lease has expired.
    assert!(lease(&ours, short).await);
    past(SystemClock.now().plus(short)).await;
    for _ in 0..2 {
        assert!(lease(&theirs, long).await);
        assert!(!mark(&theirs, 1, long).await, "the mark outlives the lease");
        store.release(&key, &theirs).await.unwrap();
    }
    assert!(lease(&theirs, long).await);
    assert!(!mark(&ours, 1, long).await, "the lease is another's by now");

    // A mark for an older version does not block a holder of a newer version.
    store.swap_tokens(&key, 1, b"newer".to_vec()).await.unwrap();
    assert!(!mark(&theirs, 1, long).await, "the version has moved");
    assert!(mark(&theirs, 2, long).await);

    // The mark is removed when its holder releases the lease, or it expires.
    store.release(&key, &theirs).await.unwrap();
    assert!(lease(&ours, short).await && mark(&ours, 2, short).await);
    past(SystemClock.now().plus(short)).await;
    assert!(lease(&theirs, long).await && mark(&theirs, 2, long).await);

    store.end(&key, 2, EndCause::Revoked).await.unwrap();
    assert!(!mark(&theirs, 3, long).await, "the session is over");
    let gone = super::record().key;
    let claim = claim(&ours, SystemClock.now(), long);
    assert!(store.lease(&gone, &claim).await.unwrap());
    assert!(!store.mark_spending(&gone, 1, &claim).await.unwrap());
}

pub async fn expired_records_are_removed_and_no_others(Fixture { store, .. }: Fixture) {
    let (now, ttl) = (SystemClock.now(), Duration::from_millis(200));
    let soon = now.plus(ttl);
    let over = Record {
        absolute_expires_at: soon,
        ..record()
    };
    let live = record();
    for record in [&over, &live] {
        store.create(record.clone()).await.unwrap();
    }
    store.spend_attempt("tag", now, ttl).await.unwrap();
    // A server counts the attempt's duration from the time of the call.
    past(SystemClock.now().plus(ttl)).await;
    store.sweep(SystemClock.now(), at(0)).await.unwrap();
    assert_eq!(store.load(&over.key).await.unwrap(), None);
    assert_eq!(store.all().await.unwrap(), [live]);
    let later = (SystemClock.now(), Duration::from_secs(900));
    assert!(
        store.spend_attempt("tag", later.0, later.1).await.unwrap(),
        "forgotten with its end"
    );
}

pub async fn an_attempt_is_spent_once(Fixture { store, .. }: Fixture) {
    let (now, ttl) = (SystemClock.now(), Duration::from_secs(900));
    let spends = (0..20).map(|_| {
        let store = Arc::clone(&store);
        tokio::spawn(async move { store.spend_attempt("tag", now, ttl).await.unwrap() })
    });
    let mut first = 0;
    for spend in spends.collect::<Vec<_>>() {
        first += usize::from(spend.await.unwrap());
    }
    assert_eq!(first, 1);
    assert!(store.spend_attempt("another", now, ttl).await.unwrap());
}
