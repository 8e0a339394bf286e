//! The part of the suite about many callers that change the same session at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::{Fixture, record};
use crate::{SessionStore, Swap};
use bff_core::UserId;

/// The number of callers, and the number of swaps per caller.
const CROWD: u8 = 16;
const SWAPS: u64 = 5;

/// Swaps at the current version until `times` swaps have succeeded. Returns the versions that it made, or `None` once the session is gone.
async fn swap(
    store: &dyn SessionStore,
    key: &bff_core::SessionKey,
    who: u8,
    times: u64,
) -> Option<Vec<u64>> {
    let mut version = 1;
    let mut made = Vec::new();
    while (made.len() as u64) < times {
        match store.swap_tokens(key, version, vec![who]).await.unwrap() {
            Swap::Done(next) => {
                assert_eq!(next, version + 1);
                made.push(next);
                version = next;
            }
            Swap::Conflict(standing) => version = standing.version,
            Swap::NotFound => return None,
        }
    }
    Some(made)
}

pub async fn a_crowd_that_swaps_counts_every_version_once(Fixture { store, .. }: Fixture) {
    let record = record();
    store.create(record.clone()).await.unwrap();
    let crowd = (0..CROWD).map(|who| {
        let (store, key) = (Arc::clone(&store), record.key);
        tokio::spawn(async move { swap(&*store, &key, who, SWAPS).await.unwrap() })
    });
    let mut made = Vec::new();
    for one in crowd.collect::<Vec<_>>() {
        made.extend(one.await.unwrap());
    }
    made.sort_unstable();
    let last = 1 + u64::from(CROWD) * SWAPS;
    assert_eq!(made, (2..=last).collect::<Vec<_>>());
    let found = store.load(&record.key).await.unwrap().unwrap();
    assert_eq!(found.version, last);
}

pub async fn a_crowd_revives_nothing_that_was_removed(Fixture { store, .. }: Fixture) {
    let record = record();
    store.create(record.clone()).await.unwrap();
    let is_removed = Arc::new(AtomicBool::new(false));
    let crowd = (0..CROWD).map(|who| {
        let (store, key, is_removed) = (Arc::clone(&store), record.key, Arc::clone(&is_removed));
        tokio::spawn(async move {
            let mut removals = 0;
            loop {
                let began_late = is_removed.load(Ordering::SeqCst);
                let has_swapped = swap(&*store, &key, who, 1).await.is_some();
                let has_noted = store.set_app_data(&key, vec![who]).await.unwrap();
                let is_there = store.load(&key).await.unwrap().is_some();
                if began_late {
                    assert!(
                        !has_swapped && !has_noted && !is_there,
                        "it was removed before"
                    );
                    return removals;
                }
                // Every fourth caller removes the session, at some time after others have changed it.
                if who % 4 == 0 {
                    removals += u32::from(store.delete(&key).await.unwrap().is_some());
                    is_removed.store(true, Ordering::SeqCst);
                }
            }
        })
    });
    let mut removals = 0;
    for one in crowd.collect::<Vec<_>>() {
        removals += one.await.unwrap();
    }
    assert_eq!(removals, 1);
    assert_eq!(store.of_user(&UserId::new("7"), 0, 10).await.unwrap(), []);
}
