//! When a refresh is asked for and when not, how long it waits for others, and for how long new tokens are offered to the store.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::support::{Place, TOKEN, answer_refreshes, calls, request, tokens};
use crate::domain::{Clock as _, EndCause, Session};
use crate::flow::refresh::RECENT;
use crate::flow::refresher::LONGEST_WAIT;
use crate::flow::save_tokens::SAVE_TIME;
use crate::flow::sessions::read;
use crate::flow::{FlowError, Parts, Refresher};

const A_MOMENT: Duration = Duration::from_millis(1);
/// How long the tokens of these tests live, and how long before their end they are renewed.
const LIFETIME: Duration = Duration::from_secs(3_000);
const AHEAD: Duration = Duration::from_secs(300);

impl Place<Arc<Refresher>> {
    async fn patient(refresh_wait: Duration, failing_swaps: u32) -> Self {
        Self::new(failing_swaps, |parts| {
            let parts = Parts {
                refresh_wait,
                ..parts
            };
            parts.refresher(&parts.revoker())
        })
        .await
    }

    async fn refreshing() -> Self {
        let place = Self::patient(Duration::from_secs(600), 0).await;
        answer_refreshes(&place.provider, 200, tokens(1), Duration::ZERO).await;
        place
    }

    /// A session with tokens of this moment.
    async fn session(&self, refresh_token: bool) -> Session {
        let session = self.use_case.session_at_expiry().await;
        let mut tokens = session.tokens.clone();
        if !refresh_token {
            tokens.refresh_token = None;
        }
        tokens.obtained_at = self.clock.now();
        tokens.expires_at = self.clock.now().plus(LIFETIME);
        let store = &self.use_case.store;
        store.swap_tokens(&session.key, 1, &tokens).await.unwrap();
        read(store, &session.key).await.unwrap()
    }

    async fn held_by_another(&self) -> Session {
        let session = self.use_case.session_at_expiry().await;
        self.store.lease_to_another();
        session
    }

    async fn asked(&self) -> usize {
        self.use_case.tasks.finished().await;
        calls(&self.provider, TOKEN).await
    }
}

#[tokio::test]
async fn a_second_refresh_within_ten_seconds_returns_the_tokens_of_the_first() {
    let place = Place::refreshing().await;
    let session = place.session(true).await;
    place.clock.advance(RECENT - A_MOMENT);
    let early = place.use_case.refresh(&session, &request()).await.unwrap();
    assert!(!early.refreshed);
    assert_eq!(place.asked().await, 0);
    place.clock.advance(A_MOMENT);
    let before = place.store.loads();
    let due = place.use_case.refresh(&session, &request()).await.unwrap();
    assert!(due.refreshed);
    assert_eq!(
        place.store.loads() - before,
        2,
        "before the lease and under it"
    );
    assert_eq!(due.session.version, session.version + 1);
    assert_eq!(place.asked().await, 1);
}

#[tokio::test]
async fn without_a_refresh_token_a_session_lasts_as_long_as_its_access_token() {
    let place = Place::refreshing().await;
    let session = place.session(false).await;
    place.clock.advance(LIFETIME - A_MOMENT);
    let kept = place.use_case.refresh(&session, &request()).await.unwrap();
    assert!(!kept.refreshed);
    let used = place.use_case.with_usable_token(&session, &request()).await;
    assert_eq!(used.unwrap().version, session.version);
    assert_eq!(place.asked().await, 0);
    place.clock.advance(A_MOMENT);
    let over = place
        .use_case
        .refresh(&session, &request())
        .await
        .unwrap_err();
    assert!(
        matches!(over, FlowError::SessionEnded(EndCause::TokensExpired)),
        "{over}"
    );
}

#[tokio::test]
async fn a_token_is_renewed_ahead_of_its_end_while_the_old_one_still_serves() {
    let place = Place::refreshing().await;
    let session = place.session(true).await;
    place.clock.advance(LIFETIME - AHEAD - A_MOMENT);
    for (wait, asked, version) in [
        (Duration::ZERO, 0, session.version),
        (A_MOMENT, 1, session.version + 1),
    ] {
        place.clock.advance(wait);
        let used = place.use_case.with_usable_token(&session, &request()).await;
        assert_eq!(used.unwrap().version, session.version, "no call waits");
        assert_eq!(place.asked().await, asked);
        let stored = read(&place.use_case.store, &session.key).await.unwrap();
        assert_eq!(stored.version, version);
    }
}

#[tokio::test]
async fn a_renewal_ahead_of_time_that_failed_is_not_tried_again_at_once() {
    let place = Place::patient(Duration::from_secs(600), 0).await;
    answer_refreshes(&place.provider, 503, json!({}), Duration::ZERO).await;
    let session = place.session(true).await;
    place.clock.advance(LIFETIME - AHEAD);
    for _ in 0..3 {
        let used = place.use_case.with_usable_token(&session, &request()).await;
        assert_eq!(used.unwrap().version, session.version);
        assert_eq!(place.asked().await, 1);
    }
}

#[tokio::test]
async fn a_lease_taken_after_another_replicas_refresh_spends_no_token() {
    let place = Place::refreshing().await;
    let session = place.use_case.session_at_expiry().await;
    let newer = {
        let (refresher, session) = (place.use_case.clone(), session.clone());
        async move {
            let store = &refresher.store;
            let swap = store.swap_tokens(&session.key, 1, &session.tokens);
            swap.await.unwrap();
        }
    };
    place.store.before_next_lease(newer);
    let renewed = place.use_case.with_newer_token(&session, &request()).await;
    assert_eq!(renewed.unwrap().version, 2);
    assert_eq!(place.asked().await, 0);
}

#[tokio::test]
async fn newer_tokens_are_used_while_another_replica_holds_the_lease() {
    let place = Place::patient(Duration::from_millis(500), 0).await;
    let session = place.held_by_another().await;
    let store = &place.use_case.store;
    let swap = store.swap_tokens(&session.key, 1, &session.tokens);
    swap.await.unwrap();
    let renewed = place.use_case.with_newer_token(&session, &request()).await;
    assert_eq!(renewed.unwrap().version, 2);
}

#[tokio::test]
async fn a_waiting_replica_polls_at_growing_intervals() {
    let place = Place::patient(Duration::from_millis(1_200), 0).await;
    let session = place.held_by_another().await;
    let before = place.store.loads();
    let waited = place.use_case.with_newer_token(&session, &request()).await;
    assert!(matches!(waited, Err(FlowError::RefreshTimeout)));
    // At 0, 50, 112, 190, 288, 410, 562, 753 and 991 ms; on a busy machine at fewer of them.
    let looks = place.store.loads() - before;
    assert!((2..=9).contains(&looks), "{looks}");
    place.clock.advance(LONGEST_WAIT + A_MOMENT);
    assert_eq!(place.asked().await, 0);
}

#[tokio::test]
async fn the_wait_for_another_replica_is_limited() {
    let place = Place::patient(Duration::from_secs(600), 0).await;
    let session = place.held_by_another().await;
    let refresher = place.use_case.clone();
    let mut waiting =
        tokio::spawn(async move { refresher.with_newer_token(&session, &request()).await });
    // It has looked for the first time, so its wait has begun.
    while place.store.loads() == 0 {
        tokio::time::sleep(A_MOMENT).await;
    }
    place.clock.advance(LONGEST_WAIT);
    let still = tokio::time::timeout(Duration::from_millis(200), &mut waiting);
    assert!(still.await.is_err(), "the time is not over yet");
    place.clock.advance(A_MOMENT);
    let waited = waiting.await.unwrap();
    assert!(matches!(waited, Err(FlowError::RefreshTimeout)));
}

#[tokio::test]
async fn new_tokens_are_offered_to_a_failing_store_for_ten_minutes() {
    let place = Place::patient(Duration::from_secs(600), u32::MAX).await;
    answer_refreshes(&place.provider, 200, tokens(1), Duration::ZERO).await;
    let session = place.use_case.session_at_expiry().await;
    let refresher = place.use_case.clone();
    let mut waiting =
        tokio::spawn(async move { refresher.with_newer_token(&session, &request()).await });
    // The tokens have come, and were offered for the first time.
    while place.store.failing_swaps_left() == u32::MAX {
        tokio::time::sleep(A_MOMENT).await;
    }
    place.clock.advance(SAVE_TIME - A_MOMENT);
    let still = tokio::time::timeout(Duration::from_millis(800), &mut waiting);
    assert!(still.await.is_err(), "the time is not over yet");
    place.clock.advance(A_MOMENT);
    let lost = waiting.await.unwrap();
    assert!(matches!(lost, Err(FlowError::Store(_))));
    assert_eq!(SAVE_TIME, Duration::from_secs(600));
}
