//! Opening, noting, listing and sweeping sessions, and a store that is away meanwhile.

use std::collections::BTreeMap;
use std::time::Duration;

use super::support::{Place, REVOKE, calls, session_at_expiry, signed_in};
use crate::domain::{EndCause, Session, SessionId, Timestamp, UserId};
use crate::flow::sessions::LISTED;
use crate::flow::{Flows, Opened};
use crate::store::Loaded;

/// The limits of [`parts`](super::support::parts).
const IDLE: Duration = Duration::from_secs(3_600);
const ABSOLUTE: Duration = Duration::from_secs(86_400);

async fn stored(flows: &Flows, session: &Session) -> Session {
    match flows.parts.store.load(&session.key).await.unwrap() {
        Loaded::Live(session) => std::sync::Arc::unwrap_or_clone(session),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_session_past_a_limit_is_over_and_its_token_is_given_back_once() {
    let place = Place::new(0, |parts| parts).await;
    let (flows, clock) = (&place.flows, &place.clock);
    let (id, session) = signed_in(flows).await;
    assert_eq!(flows.now(), Timestamp::from_millis(1_000_000));
    assert_eq!(flows.session_expires_at(&session), flows.now().plus(IDLE));

    clock.advance(IDLE - Duration::from_millis(1));
    assert!(matches!(
        flows.open_session(&id).await.unwrap(),
        Opened::Live(_)
    ));
    assert!(flows.read_session(&session.key).await.is_ok());
    clock.advance(Duration::from_millis(1));
    assert!(flows.read_session(&session.key).await.is_err());
    for _ in 0..2 {
        let opened = flows.open_session(&id).await.unwrap();
        assert!(
            matches!(opened, Opened::Ended(EndCause::IdleLimit)),
            "{opened:?}"
        );
    }
    flows.finish_tasks().await;
    assert_eq!(calls(&place.provider, REVOKE).await, 1);
    let stranger = SessionId::new("an id that was never given");
    assert!(matches!(
        flows.open_session(&stranger).await.unwrap(),
        Opened::Unknown
    ));
}

#[tokio::test]
async fn the_use_of_a_session_is_noted_once_a_minute() {
    let place = Place::new(0, |parts| parts).await;
    let (flows, clock) = (&place.flows, &place.clock);
    let session = session_at_expiry(flows).await;
    for (seconds, is_noted) in [(59, false), (1, true)] {
        clock.advance(Duration::from_secs(seconds));
        flows.note_use(&session);
        flows.finish_tasks().await;
        let last_seen_at = stored(flows, &session).await.last_seen_at;
        assert_eq!(last_seen_at == flows.now(), is_noted, "{seconds}");
    }
}

#[tokio::test]
async fn after_the_clock_was_set_back_the_use_of_a_session_is_noted_by_the_new_time() {
    let place = Place::new(0, |parts| parts).await;
    let (flows, clock) = (&place.flows, &place.clock);
    clock.advance(IDLE * 10);
    let (id, session) = signed_in(flows).await;
    clock.set_back(IDLE * 5);
    flows.note_use(&session);
    flows.finish_tasks().await;
    assert_eq!(stored(flows, &session).await.last_seen_at, flows.now());
    // So the idle limit counts from the last use, not from when the clock has caught up.
    clock.advance(IDLE);
    let opened = flows.open_session(&id).await.unwrap();
    assert!(
        matches!(opened, Opened::Ended(EndCause::IdleLimit)),
        "{opened:?}"
    );
}

#[tokio::test]
async fn sessions_past_the_idle_limit_are_swept_unless_they_may_have_been_used_since() {
    let place = Place::new(0, |parts| parts).await;
    let (flows, clock) = (&place.flows, &place.clock);
    signed_in(flows).await;
    clock.advance(IDLE + Duration::from_secs(60) - Duration::from_millis(1));
    assert_eq!(
        flows.sweep().await.unwrap(),
        0,
        "a use is written once a minute"
    );
    let (_, used) = signed_in(flows).await;
    clock.advance(Duration::from_millis(1));
    assert_eq!(flows.sweep().await.unwrap(), 1);
    stored(flows, &used).await;
}

#[tokio::test]
async fn a_list_reads_no_more_than_it_shows_and_holds_the_session_that_asks() {
    let place = Place::new(0, |parts| parts).await;
    let (flows, clock) = (&place.flows, &place.clock);
    let oldest = session_at_expiry(flows).await;
    for _ in 0..2 * LISTED {
        clock.advance(Duration::from_millis(1));
        session_at_expiry(flows).await;
    }
    let listed = flows.sessions_of_same_user(&oldest).await.unwrap();
    assert_eq!(listed.len(), LISTED);
    assert_eq!(listed.last().map(|last| last.key), Some(oldest.key));
    assert!(listed.is_sorted_by_key(|session| std::cmp::Reverse(session.created_at)));
    assert_eq!(place.store.listed(), LISTED, "records that were read");
    // Signing out everywhere ends also what is not shown.
    flows.log_out(&oldest, true).await.unwrap();
    assert_eq!(
        flows
            .list_sessions(oldest.user.id.as_ref())
            .await
            .unwrap()
            .len(),
        0
    );
    flows.finish_tasks().await;
    assert_eq!(calls(&place.provider, REVOKE).await, 2 * LISTED + 1);
}

#[tokio::test]
async fn at_most_two_lists_are_read_at_once() {
    let place = Place::new(0, |parts| parts).await;
    let session = session_at_expiry(&place.flows).await;
    let asked = (0..50).map(|_| place.flows.sessions_of_same_user(&session));
    for listed in futures_util::future::join_all(asked).await {
        assert_eq!(listed.unwrap().len(), 1);
    }
    assert_eq!(place.store.lists_at_once(), 2);
}

#[tokio::test]
async fn a_list_contains_the_live_sessions_of_its_user() {
    let place = Place::new(0, |parts| parts).await;
    let (flows, clock) = (&place.flows, &place.clock);
    let first = session_at_expiry(flows).await;
    clock.advance(IDLE / 2);
    let second = session_at_expiry(flows).await;
    let owner = first.user.id.clone();
    let stranger = UserId::new("8");

    let keys = |sessions: Vec<Session>| sessions.iter().map(|one| one.key).collect::<Vec<_>>();
    let both = [second.key, first.key];
    assert_eq!(
        keys(flows.sessions_of_same_user(&first).await.unwrap()),
        both
    );
    assert_eq!(keys(flows.list_sessions(None).await.unwrap()), both);
    assert_eq!(
        keys(flows.list_sessions(owner.as_ref()).await.unwrap()),
        both
    );
    assert_eq!(
        keys(flows.list_sessions(Some(&stranger)).await.unwrap()),
        []
    );
    let found = flows.session_by_handle(&first.key.handle()).await.unwrap();
    assert_eq!(found.unwrap().key, first.key);

    clock.advance(IDLE / 2);
    let live = [second.key];
    assert_eq!(
        keys(flows.sessions_of_same_user(&second).await.unwrap()),
        live
    );
    assert_eq!(keys(flows.list_sessions(None).await.unwrap()), live);
    assert_eq!(
        keys(flows.list_sessions(owner.as_ref()).await.unwrap()),
        live
    );
    // A session without a known user has no other sessions.
    let mut nameless = second.clone();
    nameless.user.id = None;
    assert_eq!(
        keys(flows.sessions_of_same_user(&nameless).await.unwrap()),
        live
    );
    clock.advance(ABSOLUTE);
    assert_eq!(flows.sweep().await.unwrap(), 2);
    assert!(matches!(
        flows.parts.store.load(&second.key).await.unwrap(),
        Loaded::Unknown
    ));
}

#[tokio::test]
async fn the_apps_data_stays_with_the_session_and_ends_with_it() {
    let flows = Place::new(0, |parts| parts).await.flows;
    let (id, session) = signed_in(&flows).await;
    let data = BTreeMap::from([("cart".to_owned(), "[1,2]".to_owned())]);
    assert!(flows.set_app_data(&id, &data).await.unwrap());
    assert_eq!(stored(&flows, &session).await.app_data, data);
    flows.forget_session(&session.key).await.unwrap();
    assert!(!flows.set_app_data(&id, &data).await.unwrap());
}

#[tokio::test]
async fn a_store_outage_says_nothing_about_a_session() {
    let Place { store, flows, .. } = Place::new(0, |parts| parts).await;
    let (id, session) = signed_in(&flows).await;
    store.go_away();
    assert!(flows.open_session(&id).await.is_err());
    assert!(flows.sessions_of_same_user(&session).await.is_err());
    assert!(flows.list_sessions(None).await.is_err());
    assert!(
        flows
            .session_by_handle(&session.key.handle())
            .await
            .is_err()
    );
    assert!(flows.set_app_data(&id, &BTreeMap::new()).await.is_err());
    assert!(flows.ping_store().await.is_err());
    assert!(flows.flush_store().await.is_err());
    assert!(flows.sweep().await.is_err());
    store.come_back();
    assert!(flows.ping_store().await.is_ok());
    assert!(matches!(
        flows.open_session(&id).await.unwrap(),
        Opened::Live(_)
    ));
}
