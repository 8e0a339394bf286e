//! Holders of the lease that died, were stopped or failed, and clocks that were set back: when another replica spends the token.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::refresh::memory;
use super::support::{
    TOKEN, answer_refreshes, calls, clock, provider, refresher, refresher_at, request, tokens,
};
use crate::domain::{Clock, Session, Timestamp};
use crate::flow::FlowError;
use crate::flow::lease::LEASE;
use crate::store::{Claim, SessionStore, TokenSwap};

/// A replica that stands still between the answer and the save, in the store's eyes: its lease is over, its mark stands.
async fn stalled(store: &Arc<dyn SessionStore>, session: &Session, at: Timestamp, mark: Duration) {
    let stalled = |now, ttl| Claim {
        holder: "a replica that stands still".to_owned(),
        now,
        ttl,
    };
    let lease = stalled(at, LEASE);
    assert!(store.lease(&session.key, &lease).await.unwrap());
    let mark = stalled(at, mark);
    let mark = store.mark_spending(&session.key, session.version, &mark);
    assert!(mark.await.unwrap());
}

#[tokio::test]
async fn the_successor_of_a_stalled_holder_waits_for_its_tokens() {
    let provider = provider().await;
    answer_refreshes(&provider, 200, tokens(1), Duration::ZERO).await;
    let store = memory();
    let clock = clock();
    let refresher = refresher_at(&store, &provider, Arc::clone(&clock) as Arc<dyn Clock>);
    let session = refresher.session_at_expiry().await;
    stalled(&store, &session, clock.now(), Duration::from_secs(40)).await;
    clock.advance(LEASE);
    let waiting = tokio::spawn({
        let (refresher, session) = (refresher.clone(), session.clone());
        async move { refresher.with_usable_token(&session, &request()).await }
    });
    // The successor has the lease: another asks for it in vain.
    let third = Claim {
        holder: "a third replica".to_owned(),
        now: clock.now(),
        ttl: LEASE,
    };
    while store.lease(&session.key, &third).await.unwrap() {
        store.release(&session.key, &third.holder).await.unwrap();
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    clock.advance(Duration::from_secs(40) - LEASE - Duration::from_millis(1));
    // Two looks of the successor, and it still has not spent anything.
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_eq!(calls(&provider, TOKEN).await, 0);
    let swap = refresher
        .store
        .swap_tokens(&session.key, 1, &session.tokens);
    assert!(matches!(swap.await.unwrap(), TokenSwap::Done(2)));
    assert_eq!(waiting.await.unwrap().unwrap().version, 2);
    assert_eq!(calls(&provider, TOKEN).await, 0);
}

#[tokio::test]
async fn a_holder_that_died_at_the_provider_is_succeeded_when_its_mark_ends() {
    let provider = provider().await;
    answer_refreshes(&provider, 200, tokens(1), Duration::ZERO).await;
    let store = memory();
    let clock = clock();
    let refresher = refresher_at(&store, &provider, Arc::clone(&clock) as Arc<dyn Clock>);
    let session = refresher.session_at_expiry().await;
    stalled(&store, &session, clock.now(), Duration::from_secs(40)).await;
    clock.advance(Duration::from_secs(40));
    let session = refresher
        .with_usable_token(&session, &request())
        .await
        .unwrap();
    assert_eq!(session.version, 2);
    assert_eq!(calls(&provider, TOKEN).await, 1);
}

#[tokio::test]
async fn a_refresh_that_failed_leaves_no_mark_behind() {
    let provider = provider().await;
    answer_refreshes(&provider, 503, json!({}), Duration::ZERO).await;
    let store = memory();
    let (ours, theirs) = (refresher(&store, &provider), refresher(&store, &provider));
    let session = ours.session_at_expiry().await;
    for (refresher, asked) in [(&ours, 1), (&theirs, 2)] {
        let failed = refresher.with_usable_token(&session, &request()).await;
        assert!(matches!(failed, Err(FlowError::Provider(_))));
        assert_eq!(calls(&provider, TOKEN).await, asked);
    }
}

/// Records that were written before the clock was set back delay no refresh, however far the clock was set back.
#[tokio::test]
async fn a_clock_that_is_set_back_delays_no_refresh() {
    for hours in [1, 24 * 365] {
        let back = Duration::from_secs(hours * 3_600);
        let provider = provider().await;
        answer_refreshes(&provider, 200, tokens(1), Duration::ZERO).await;
        let store = memory();
        let clock = clock();
        clock.advance(back * 2);
        let refresher = refresher_at(&store, &provider, Arc::clone(&clock) as Arc<dyn Clock>);
        let session = refresher.session_at_expiry().await;
        stalled(&store, &session, clock.now(), Duration::from_secs(40)).await;
        clock.set_back(back);
        // The token now ends in the future, so it counts as usable. A caller that had it refused by the provider asks for a newer one.
        let renewed = refresher
            .with_newer_token(&session, &request())
            .await
            .unwrap();
        assert_eq!(renewed.version, 2);
        // An explicit refresh works too, because the tokens of the last refresh are not in the future for ever.
        clock.set_back(back / 2);
        let again = refresher.refresh(&renewed, &request()).await.unwrap();
        assert!(again.refreshed, "{hours}");
        assert_eq!(again.session.version, 3);
    }
}
