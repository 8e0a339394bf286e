//! One refresh per expiry: over two replicas, late readers, dead holders, failing stores, refusals and logouts in between.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use wiremock::matchers::{body_string_contains, method, path};
use wiremock::{Mock, ResponseTemplate};

use super::failing_store::FailingStore;
use super::support::{
    TOKEN, answer_refreshes, calls, clock, parts, provider, refresher, refresher_at, replica,
    request, tokens,
};
use crate::domain::{Clock, EndCause, SystemClock};
use crate::flow::lease::LEASE;
use crate::flow::{FlowError, Parts};
use crate::store::{Claim, Loaded, MemoryStore, SessionStore};

pub fn memory() -> Arc<dyn SessionStore> {
    Arc::new(MemoryStore::default())
}

/// Covers: RFC9700-4.14.2-1
#[tokio::test]
async fn two_replicas_and_eighty_callers_refresh_once() {
    let provider = provider().await;
    // Slower than a lease lasts without renewal.
    let delay = LEASE + Duration::from_secs(1);
    answer_refreshes(&provider, 200, tokens(1), delay).await;
    let store = memory();
    let replicas = [refresher(&store, &provider), refresher(&store, &provider)];
    let session = replicas[0].session_at_expiry().await;

    let callers = (0..80).map(|n| {
        let (refresher, session) = (replicas[n % 2].clone(), session.clone());
        tokio::spawn(async move { refresher.with_usable_token(&session, &request()).await })
    });
    for caller in callers.collect::<Vec<_>>() {
        let session = caller.await.unwrap().unwrap();
        assert_eq!(
            (session.version, session.tokens.access_token.reveal()),
            (2, "access-1")
        );
    }
    assert_eq!(calls(&provider, TOKEN).await, 1);
}

#[tokio::test]
async fn a_caller_that_read_the_old_token_during_a_refresh_gets_the_new_one() {
    let provider = provider().await;
    answer_refreshes(&provider, 200, tokens(1), Duration::ZERO).await;
    let store = memory();
    let (ours, theirs) = (refresher(&store, &provider), refresher(&store, &provider));
    let stale = ours.session_at_expiry().await;
    ours.with_usable_token(&stale, &request()).await.unwrap();

    for refresher in [&ours, &theirs] {
        let session = refresher
            .with_usable_token(&stale, &request())
            .await
            .unwrap();
        assert_eq!(session.version, 2);
    }
    assert_eq!(calls(&provider, TOKEN).await, 1);
}

#[tokio::test]
async fn a_caller_between_two_late_readers_still_gets_newer_tokens() {
    let provider = provider().await;
    answer_refreshes(&provider, 200, tokens(1), Duration::ZERO).await;
    let refresher = refresher(&memory(), &provider);
    let session = refresher.session_at_expiry().await;
    let flights = &refresher.flights;
    let old = || {
        let session = session.clone();
        async move {
            // Ends after all concurrent readers have joined.
            tokio::task::yield_now().await;
            Ok(session)
        }
    };

    // Two flights of readers that had seen a version before this one: the second starts when the first ends.
    let late_readers = async {
        flights.run(session.key, old()).await.unwrap().unwrap();
        flights.launch(session.key, old());
    };
    let request = request();
    let caller = refresher.with_newer_token(&session, &request);
    let ((), renewed) = futures_util::future::join(late_readers, caller).await;

    assert_eq!(renewed.unwrap().version, 2);
    assert_eq!(calls(&provider, TOKEN).await, 1);
}

/// Covers: RFC9700-4.14.2-1
#[tokio::test]
async fn a_holder_that_died_is_succeeded_when_its_lease_ends() {
    let provider = provider().await;
    answer_refreshes(&provider, 200, tokens(1), Duration::ZERO).await;
    let store = memory();
    let refresher = refresher(&store, &provider);
    let session = refresher.session_at_expiry().await;
    let dead = "a replica that was killed".to_owned();
    assert!(
        store
            .lease(
                &session.key,
                &Claim {
                    holder: dead,
                    now: refresher.clock.now(),
                    ttl: Duration::from_secs(1)
                }
            )
            .await
            .unwrap()
    );

    let session = refresher
        .with_usable_token(&session, &request())
        .await
        .unwrap();
    assert_eq!(session.version, 2);
    assert_eq!(calls(&provider, TOKEN).await, 1);
}

/// Covers: BFF-6.1.2.2-2
#[tokio::test]
async fn only_a_definite_refusal_ends_the_session() {
    for (status, answer, ends) in [
        (400, json!({ "error": "invalid_grant" }), true),
        (400, json!({ "error": "temporarily_unavailable" }), false),
        (401, json!({ "error": "invalid_client" }), false),
        (429, json!({}), false),
        (503, json!({}), false),
        (200, json!({ "token_type": "Bearer" }), false),
    ] {
        let provider = provider().await;
        answer_refreshes(&provider, status, answer.clone(), Duration::ZERO).await;
        let refresher = refresher(&memory(), &provider);
        let session = refresher.session_at_expiry().await;
        let error = refresher
            .with_usable_token(&session, &request())
            .await
            .unwrap_err();
        let stored = refresher.store.load(&session.key).await.unwrap();
        if ends {
            assert!(
                matches!(error, FlowError::SessionEnded(EndCause::RefreshRefused)),
                "{answer}"
            );
            assert!(
                matches!(stored, Loaded::Ended(EndCause::RefreshRefused)),
                "{answer}"
            );
        } else {
            assert!(
                matches!(error, FlowError::Provider(_)),
                "{status} {answer}: {error}"
            );
            assert!(matches!(stored, Loaded::Live(_)), "{status} {answer}");
        }
    }
}

#[tokio::test]
async fn a_refusal_that_comes_after_newer_tokens_ends_nothing() {
    let provider = provider().await;
    answer_refreshes(
        &provider,
        400,
        json!({ "error": "invalid_grant" }),
        Duration::from_millis(300),
    )
    .await;
    let store = memory();
    let refresher = refresher(&store, &provider);
    let session = refresher.session_at_expiry().await;
    let waiting = tokio::spawn({
        let (refresher, session) = (refresher.clone(), session.clone());
        async move { refresher.with_usable_token(&session, &request()).await }
    });
    wait_for_calls(&provider, 1).await;
    // A writer without a lease: an older release, or a restored backup.
    refresher
        .store
        .swap_tokens(&session.key, 1, &session.tokens)
        .await
        .unwrap();

    assert_eq!(waiting.await.unwrap().unwrap().version, 2);
    assert!(matches!(
        refresher.store.load(&session.key).await.unwrap(),
        Loaded::Live(_)
    ));
}

/// Covers: ASVS-15.4.2, RFC7009-2.1-1
#[tokio::test]
async fn a_logout_during_a_refresh_wins_and_the_new_token_is_revoked() {
    let provider = provider().await;
    answer_refreshes(&provider, 200, tokens(1), Duration::from_millis(300)).await;
    for revoked in ["token=refresh-0", "token=refresh-1"] {
        Mock::given(method("POST"))
            .and(path("/api/oauth2/revoke"))
            .and(body_string_contains(revoked))
            .respond_with(ResponseTemplate::new(200))
            .expect(1)
            .mount(&provider)
            .await;
    }
    let store = memory();
    let flows = replica(&store, &provider);
    let refresher = &flows.refresher;
    let session = refresher.session_at_expiry().await;
    let waiting = tokio::spawn({
        let (refresher, session) = (Arc::clone(refresher), session.clone());
        async move { refresher.with_usable_token(&session, &request()).await }
    });
    wait_for_calls(&provider, 1).await;
    flows.logout.log_out(&session, false).await.unwrap();

    assert!(matches!(
        waiting.await.unwrap(),
        Err(FlowError::NotAuthenticated)
    ));
    assert_eq!(store.load(&session.key).await.unwrap(), None);
    refresher.tasks.finished().await;
    provider.verify().await;
}

#[tokio::test]
async fn tokens_that_the_store_does_not_take_at_once_are_offered_again() {
    let provider = provider().await;
    answer_refreshes(&provider, 200, tokens(1), Duration::ZERO).await;
    let failing: Arc<dyn SessionStore> = Arc::new(FailingStore::failing_swaps(3));
    let refresher = refresher(&failing, &provider);
    let session = refresher.session_at_expiry().await;
    let session = refresher
        .with_usable_token(&session, &request())
        .await
        .unwrap();
    assert_eq!(
        (session.version, session.tokens.access_token.reveal()),
        (2, "access-1")
    );
    assert_eq!(calls(&provider, TOKEN).await, 1);
}

#[tokio::test]
async fn after_an_outage_the_tokens_that_were_not_stored_come_before_any_other_refresh() {
    let provider = provider().await;
    answer_refreshes(&provider, 200, tokens(1), Duration::from_millis(200)).await;
    let failing = Arc::new(FailingStore::failing_swaps(0));
    let store: Arc<dyn SessionStore> = Arc::clone(&failing) as _;
    let clock = clock();
    let replica = || refresher_at(&store, &provider, Arc::clone(&clock) as Arc<dyn Clock>);
    let (ours, theirs) = (replica(), replica());
    let session = ours.session_at_expiry().await;
    let holding = tokio::spawn({
        let (ours, session) = (ours.clone(), session.clone());
        async move { ours.with_usable_token(&session, &request()).await }
    });
    wait_for_calls(&provider, 1).await;
    failing.go_away();
    assert!(
        theirs
            .with_usable_token(&session, &request())
            .await
            .is_err()
    );
    // The store is away for so long that the holder's lease is over when it comes back.
    tokio::time::sleep(Duration::from_millis(300)).await;
    clock.advance(Duration::from_secs(4));
    failing.come_back();

    let theirs = theirs
        .with_usable_token(&session, &request())
        .await
        .unwrap();
    assert_eq!(
        (theirs.version, theirs.tokens.access_token.reveal()),
        (2, "access-1")
    );
    assert_eq!(holding.await.unwrap().unwrap().version, 2);
    assert_eq!(calls(&provider, TOKEN).await, 1);
}

#[tokio::test]
async fn a_caller_that_goes_away_does_not_lose_what_the_provider_rotated() {
    let provider = provider().await;
    answer_refreshes(&provider, 200, tokens(1), Duration::from_millis(300)).await;
    let refresher = refresher(&memory(), &provider);
    let session = refresher.session_at_expiry().await;
    let waiting = tokio::spawn({
        let (refresher, session) = (refresher.clone(), session.clone());
        async move { refresher.with_usable_token(&session, &request()).await }
    });
    wait_for_calls(&provider, 1).await;
    waiting.abort();
    refresher.tasks.finished().await;
    let stored = refresher.store.load(&session.key).await.unwrap();
    assert!(matches!(stored, Loaded::Live(session) if session.version == 2));
}

/// Covers: RFC9700-4.14.2-1
#[tokio::test]
async fn a_caller_of_a_slow_refresh_gets_an_error_in_time_and_the_refresh_continues() {
    let provider = provider().await;
    answer_refreshes(&provider, 200, tokens(1), Duration::from_millis(500)).await;
    let parts = Parts {
        refresh_wait: Duration::from_millis(50),
        ..parts(&memory(), &provider, Arc::new(SystemClock))
    };
    let refresher = parts.refresher(&parts.revoker());
    let session = refresher.session_at_expiry().await;
    let error = refresher
        .with_usable_token(&session, &request())
        .await
        .unwrap_err();
    assert!(matches!(error, FlowError::RefreshTimeout), "{error}");
    refresher.tasks.finished().await;
    let session = refresher
        .with_usable_token(&session, &request())
        .await
        .unwrap();
    assert_eq!(session.version, 2);
    assert_eq!(calls(&provider, TOKEN).await, 1);
}

#[tokio::test]
async fn a_refresh_that_a_stop_could_cut_off_is_not_begun() {
    let provider = provider().await;
    answer_refreshes(&provider, 200, tokens(1), Duration::ZERO).await;
    let store = memory();
    let refresher = refresher(&store, &provider);
    let (ours, theirs) = (
        refresher.session_at_expiry().await,
        refresher.session_at_expiry().await,
    );
    let claim = Claim {
        holder: "another replica".to_owned(),
        now: refresher.clock.now(),
        ttl: LEASE,
    };
    let lease = store.lease(&theirs.key, &claim);
    assert!(lease.await.unwrap());
    refresher
        .tasks
        .stop_by(tokio::time::Instant::now() + Duration::from_secs(5));
    for session in [ours, theirs] {
        let error = refresher
            .with_usable_token(&session, &request())
            .await
            .unwrap_err();
        assert!(matches!(error, FlowError::RefreshTimeout), "{error}");
    }
    refresher.tasks.finished().await;
    assert_eq!(calls(&provider, TOKEN).await, 0);
}

#[tokio::test]
async fn a_refresh_that_names_no_scope_keeps_the_old_one() {
    let provider = provider().await;
    answer_refreshes(&provider, 200, tokens(1), Duration::ZERO).await;
    let refresher = refresher(&memory(), &provider);
    let session = refresher.session_at_expiry().await;
    let session = refresher
        .with_usable_token(&session, &request())
        .await
        .unwrap();
    assert_eq!(session.tokens.scope.as_deref(), Some("profile balance"));
}

async fn wait_for_calls(provider: &wiremock::MockServer, number: usize) {
    while calls(provider, TOKEN).await < number {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
