//! Opening, noting, listing and sweeping sessions, and a store that is away meanwhile.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::support::{Place, REVOKE, calls};
use crate::domain::{EndCause, Session, SessionId, SessionKey, Timestamp, UserId};
use crate::flow::sessions::LISTED;
use crate::flow::{Logout, Opened, Parts, Sessions};
use crate::store::Loaded;

/// The limits of [`parts`](super::support::parts).
const IDLE: Duration = Duration::from_secs(3_600);
const ABSOLUTE: Duration = Duration::from_secs(86_400);

type Built = (Arc<Sessions>, Arc<Logout>);

fn build(parts: Parts) -> Built {
    let revoker = parts.revoker();
    (parts.sessions(&revoker), parts.logout(&revoker))
}

/// Waits for the background tasks, and returns how many tokens were revoked.
async fn revoked(place: &Place<Built>) -> usize {
    place.use_case.0.tasks.finished().await;
    calls(&place.provider, REVOKE).await
}

async fn stored(sessions: &Sessions, session: &Session) -> Session {
    match sessions.store.load(&session.key).await.unwrap() {
        Loaded::Live(session) => Arc::unwrap_or_clone(session),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_session_past_a_limit_is_over_and_its_token_is_given_back_once() {
    let place = Place::new(0, build).await;
    let (sessions, clock) = (&place.use_case.0, &place.clock);
    let (id, session) = sessions.signed_in().await;
    assert_eq!(sessions.now(), Timestamp::from_millis(1_000_000));
    assert_eq!(sessions.expires_at(&session), sessions.now().plus(IDLE));

    clock.advance(IDLE - Duration::from_millis(1));
    assert!(matches!(
        sessions.open(&SessionKey::from_id(&id)).await.unwrap(),
        Opened::Live(_)
    ));
    assert!(sessions.read(&session.key).await.is_ok());
    clock.advance(Duration::from_millis(1));
    assert!(sessions.read(&session.key).await.is_err());
    for _ in 0..2 {
        let opened = sessions.open(&SessionKey::from_id(&id)).await.unwrap();
        assert!(
            matches!(opened, Opened::Ended(EndCause::IdleLimit)),
            "{opened:?}"
        );
    }
    assert_eq!(revoked(&place).await, 1);
    let unknown = SessionId::new("an id that was never given");
    assert!(matches!(
        sessions.open(&SessionKey::from_id(&unknown)).await.unwrap(),
        Opened::Unknown
    ));
}

#[tokio::test]
async fn the_use_of_a_session_is_noted_once_a_minute() {
    let place = Place::new(0, build).await;
    let (sessions, clock) = (&place.use_case.0, &place.clock);
    let session = sessions.signed_in().await.1;
    for (seconds, is_noted) in [(59, false), (1, true)] {
        clock.advance(Duration::from_secs(seconds));
        sessions.note_use(&session);
        sessions.tasks.finished().await;
        let last_seen_at = stored(sessions, &session).await.last_seen_at;
        assert_eq!(last_seen_at == sessions.now(), is_noted, "{seconds}");
    }
}

#[tokio::test]
async fn after_the_clock_was_set_back_the_use_of_a_session_is_noted_by_the_new_time() {
    let place = Place::new(0, build).await;
    let (sessions, clock) = (&place.use_case.0, &place.clock);
    clock.advance(IDLE * 10);
    let (id, session) = sessions.signed_in().await;
    clock.set_back(IDLE * 5);
    sessions.note_use(&session);
    sessions.tasks.finished().await;
    assert_eq!(
        stored(sessions, &session).await.last_seen_at,
        sessions.now()
    );
    // So the idle limit counts from the last use, not from when the clock has caught up.
    clock.advance(IDLE);
    let opened = sessions.open(&SessionKey::from_id(&id)).await.unwrap();
    assert!(
        matches!(opened, Opened::Ended(EndCause::IdleLimit)),
        "{opened:?}"
    );
}

#[tokio::test]
async fn sessions_past_the_idle_limit_are_swept_unless_they_may_have_been_used_since() {
    let place = Place::new(0, build).await;
    let (sessions, clock) = (&place.use_case.0, &place.clock);
    sessions.signed_in().await;
    clock.advance(IDLE + Duration::from_secs(60) - Duration::from_millis(1));
    assert_eq!(
        sessions.sweep().await.unwrap(),
        0,
        "a use is written once a minute"
    );
    let (_, used) = sessions.signed_in().await;
    clock.advance(Duration::from_millis(1));
    assert_eq!(sessions.sweep().await.unwrap(), 1);
    stored(sessions, &used).await;
}

#[tokio::test]
async fn a_list_reads_no_more_than_it_shows_and_holds_the_session_that_asks() {
    let place = Place::new(0, build).await;
    let (sessions, clock) = (&place.use_case.0, &place.clock);
    let oldest = sessions.signed_in().await.1;
    for _ in 0..2 * LISTED {
        clock.advance(Duration::from_millis(1));
        sessions.signed_in().await;
    }
    let listed = sessions.of_same_user(&oldest).await.unwrap();
    assert_eq!(listed.len(), LISTED);
    assert_eq!(listed.last().map(|last| last.key), Some(oldest.key));
    assert!(listed.is_sorted_by_key(|session| std::cmp::Reverse(session.created_at)));
    assert_eq!(place.store.listed(), LISTED, "records that were read");
    // Signing out everywhere ends also what is not shown.
    place.use_case.1.log_out(&oldest, true).await.unwrap();
    assert_eq!(
        sessions.list(oldest.user.id.as_ref()).await.unwrap().len(),
        0
    );
    assert_eq!(revoked(&place).await, 2 * LISTED + 1);
}

#[tokio::test]
async fn at_most_two_lists_are_read_at_once() {
    let place = Place::new(0, build).await;
    let session = place.use_case.0.signed_in().await.1;
    let asked = (0..50).map(|_| place.use_case.0.of_same_user(&session));
    for listed in futures_util::future::join_all(asked).await {
        assert_eq!(listed.unwrap().len(), 1);
    }
    assert_eq!(place.store.lists_at_once(), 2);
}

#[tokio::test]
async fn a_list_contains_the_live_sessions_of_its_user() {
    let place = Place::new(0, build).await;
    let (sessions, clock) = (&place.use_case.0, &place.clock);
    let first = sessions.signed_in().await.1;
    clock.advance(IDLE / 2);
    let second = sessions.signed_in().await.1;
    let owner = first.user.id.clone();
    let other = UserId::new("8");

    let keys = |sessions: Vec<Session>| sessions.iter().map(|one| one.key).collect::<Vec<_>>();
    let both = [second.key, first.key];
    assert_eq!(keys(sessions.of_same_user(&first).await.unwrap()), both);
    assert_eq!(keys(sessions.list(None).await.unwrap()), both);
    assert_eq!(keys(sessions.list(owner.as_ref()).await.unwrap()), both);
    assert_eq!(keys(sessions.list(Some(&other)).await.unwrap()), []);
    let found = sessions.by_handle(&first.key.handle()).await.unwrap();
    assert_eq!(found.unwrap().key, first.key);

    clock.advance(IDLE / 2);
    let live = [second.key];
    assert_eq!(keys(sessions.of_same_user(&second).await.unwrap()), live);
    assert_eq!(keys(sessions.list(None).await.unwrap()), live);
    assert_eq!(keys(sessions.list(owner.as_ref()).await.unwrap()), live);
    // A session without a known user has no other sessions.
    let mut nameless = second.clone();
    nameless.user.id = None;
    assert_eq!(keys(sessions.of_same_user(&nameless).await.unwrap()), live);
    clock.advance(ABSOLUTE);
    assert_eq!(sessions.sweep().await.unwrap(), 2);
    assert!(matches!(
        sessions.store.load(&second.key).await.unwrap(),
        Loaded::Unknown
    ));
}

#[tokio::test]
async fn the_apps_data_stays_with_the_session_and_ends_with_it() {
    let (sessions, logout) = Place::new(0, build).await.use_case;
    let (id, session) = sessions.signed_in().await;
    let data = BTreeMap::from([("cart".to_owned(), "[1,2]".to_owned())]);
    assert!(sessions.set_app_data(&id, &data).await.unwrap());
    assert_eq!(stored(&sessions, &session).await.app_data, data);
    logout.forget_session(&session.key).await.unwrap();
    assert!(!sessions.set_app_data(&id, &data).await.unwrap());
}

#[tokio::test]
async fn a_store_outage_says_nothing_about_a_session() {
    let place = Place::new(0, build).await;
    let (sessions, store) = (&place.use_case.0, &place.store);
    let (id, session) = sessions.signed_in().await;
    store.go_away();
    assert!(sessions.open(&SessionKey::from_id(&id)).await.is_err());
    assert!(sessions.of_same_user(&session).await.is_err());
    assert!(sessions.list(None).await.is_err());
    assert!(sessions.by_handle(&session.key.handle()).await.is_err());
    assert!(sessions.set_app_data(&id, &BTreeMap::new()).await.is_err());
    assert!(sessions.ping_store().await.is_err());
    assert!(sessions.flush_store().await.is_err());
    assert!(sessions.sweep().await.is_err());
    store.come_back();
    assert!(sessions.ping_store().await.is_ok());
    assert!(matches!(
        sessions.open(&SessionKey::from_id(&id)).await.unwrap(),
        Opened::Live(_)
    ));
}
