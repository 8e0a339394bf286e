//! Opened sessions are kept in memory, and never served when the store has changed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use zeroize::Zeroizing;

use super::{Fixture, at};
use crate::{Loaded, SealedStore, SessionStore, SqliteStore, TokenSwap};
use bff_core::{
    AccessToken, EndCause, KeyRing, SealingKey, Session, SessionHash, SessionId, SessionKey,
    SystemEntropy, TokenSet, User, UserId,
};

pub(super) fn key(byte: u8) -> SealingKey {
    SealingKey::new(Zeroizing::new([byte; 32]))
}

/// One replica: a memory of its own in front of the store.
pub(super) fn replica(store: &Arc<dyn SessionStore>, keys: &KeyRing) -> SealedStore {
    SealedStore::new(Arc::clone(store), keys.clone(), Arc::new(SystemEntropy))
}

pub(super) fn tokens(access_token: &str) -> TokenSet {
    TokenSet {
        access_token: AccessToken::new(access_token),
        refresh_token: None,
        scope: None,
        obtained_at: at(1_000),
        expires_at: at(1_000_000_000_000),
    }
}

pub(super) fn session() -> Session {
    Session {
        key: SessionKey::from_id(&SessionId::random(&SystemEntropy)),
        hash: SessionHash::default(),
        user: User {
            id: Some(UserId::new("7")),
            username: None,
        },
        device: "Firefox on Linux".to_owned(),
        created_at: at(1_000),
        last_seen_at: at(1_000),
        absolute_expires_at: at(1_000_000_000_000_000),
        tokens: tokens("first"),
        version: 1,
        app_data: BTreeMap::new(),
    }
}

async fn live(store: &SealedStore, key: &SessionKey) -> Arc<Session> {
    match store.load(key).await.unwrap() {
        Loaded::Live(session) => session,
        other => panic!("{other:?}"),
    }
}

pub(super) async fn what_another_replica_changes_is_seen_at_the_next_load(fixture: Fixture) {
    let keys = KeyRing::new(key(1), Vec::new());
    let (here, there) = (
        replica(&fixture.store, &keys),
        replica(&fixture.store, &keys),
    );
    let session = session();
    here.create(&session).await.unwrap();
    for _ in 0..3 {
        let seen = live(&here, &session.key).await;
        assert_eq!(seen.tokens.access_token.reveal(), "first");
    }
    let swapped = there.swap_tokens(&session.key, 1, &tokens("second")).await;
    assert!(matches!(swapped, Ok(TokenSwap::Done(2))));
    let seen = live(&here, &session.key).await;
    assert_eq!(
        (seen.version, seen.tokens.access_token.reveal()),
        (2, "second")
    );
    let data = BTreeMap::from([("theme".to_owned(), "\"dark\"".to_owned())]);
    assert!(there.set_app_data(&session.key, &data).await.unwrap());
    assert_eq!(live(&here, &session.key).await.app_data, data);
    let later = at(1_000).plus(Duration::from_secs(120));
    assert!(there.touch(&session.key, later).await.unwrap());
    let seen = live(&here, &session.key).await;
    assert_eq!((seen.last_seen_at, &seen.app_data), (later, &data));
    let ended = there.end(&session.key, 2, EndCause::Revoked).await;
    assert!(matches!(ended, Ok(TokenSwap::Done(_))));
    let seen = here.load(&session.key).await.unwrap();
    assert!(matches!(seen, Loaded::Ended(EndCause::Revoked)), "{seen:?}");
    assert!(there.delete(&session.key).await.unwrap().is_none());
    assert!(matches!(here.load(&session.key).await, Ok(Loaded::Unknown)));
}

pub(super) async fn a_session_of_a_removed_key_is_not_served_from_memory(fixture: Fixture) {
    let keys = KeyRing::new(key(1), Vec::new());
    let here = replica(&fixture.store, &keys);
    let session = session();
    here.create(&session).await.unwrap();
    live(&here, &session.key).await;
    keys.replace(key(2), vec![key(1)]);
    live(&here, &session.key).await;
    keys.replace(key(2), Vec::new());
    assert!(matches!(here.load(&session.key).await, Ok(Loaded::Unknown)));
}

#[tokio::test]
async fn sqlite_serves_an_unchanged_file_from_memory_and_sees_every_other_handle_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sessions.db");
    let open = || -> Arc<dyn SessionStore> { Arc::new(SqliteStore::open(&path).unwrap()) };
    let keys = KeyRing::new(key(1), Vec::new());
    let (here, there) = (replica(&open(), &keys), replica(&open(), &keys));
    let (session, other) = (session(), session());
    here.create(&session).await.unwrap();
    let seen = live(&here, &session.key).await;
    assert!(Arc::ptr_eq(&seen, &live(&here, &session.key).await));
    // A change of another session makes the record be read again, and its opened form is still used.
    there.create(&other).await.unwrap();
    assert!(Arc::ptr_eq(&seen, &live(&here, &session.key).await));
    let ended = there.end(&session.key, 1, EndCause::EndedElsewhere).await;
    assert!(matches!(ended, Ok(TokenSwap::Done(_))));
    let seen = here.load(&session.key).await.unwrap();
    assert!(
        matches!(seen, Loaded::Ended(EndCause::EndedElsewhere)),
        "{seen:?}"
    );
}
