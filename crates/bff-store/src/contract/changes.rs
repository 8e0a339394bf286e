//! The part of the suite about announced changes: every listener of every replica hears them.

use std::time::Duration;

use tokio::sync::broadcast::Receiver;

use super::opened::{key, replica, session, tokens};
use super::{Fixture, memory, record};
use crate::redis::tests::{Server, store_on};
use crate::{Change, SessionStore as _, SqliteStore};
use bff_core::{EndCause, KeyRing, UserId};

/// Returns the next change that names a session or a user.
async fn next(changes: &mut Receiver<Change>) -> Change {
    loop {
        match changes.recv().await.unwrap() {
            Change::Missed => {}
            change => return change,
        }
    }
}

/// Announces a change until `changes` shows that the store listens.
async fn until_heard(fixture: &Fixture, changes: &mut Receiver<Change>) {
    let first = Change::Session(record().key);
    loop {
        fixture.store.announce(&first).await.unwrap();
        let heard = tokio::time::timeout(Duration::from_millis(50), next(changes)).await;
        if heard.is_ok_and(|heard| heard == first) {
            return;
        }
    }
}

pub(super) async fn a_change_is_heard_by_every_listener(fixture: Fixture) {
    let (mut one, mut other) = (fixture.store.changes(), fixture.store.changes());
    until_heard(&fixture, &mut one).await;
    let sent = [
        Change::Session(record().key),
        Change::Account(UserId::new("7")),
    ];
    for change in &sent {
        fixture.store.announce(change).await.unwrap();
    }
    for changes in [&mut one, &mut other] {
        while next(changes).await != sent[0] {}
        assert_eq!(next(changes).await, sent[1]);
    }
}

#[tokio::test]
async fn an_end_is_announced_once_and_a_refresh_is_not() {
    let fixture = memory();
    let store = replica(&fixture.store, &KeyRing::new(key(1), Vec::new()));
    let mut changes = store.changes();
    let (ended, deleted, of_user) = (session(), session(), session());
    for session in [&ended, &deleted, &of_user] {
        store.create(session).await.unwrap();
    }
    let second = tokens("second");
    store.swap_tokens(&ended.key, 1, &second).await.unwrap();
    store.end(&ended.key, 1, EndCause::Revoked).await.unwrap();
    for _ in 0..2 {
        store.end(&ended.key, 2, EndCause::Revoked).await.unwrap();
        store.delete(&deleted.key).await.unwrap();
        let user = UserId::new("7");
        let all = store.end_of_user(&user, 0, None, 10, EndCause::EndedElsewhere);
        all.await.unwrap().found.unwrap();
    }
    for session in [ended, deleted, of_user] {
        assert_eq!(changes.recv().await, Ok(Change::Session(session.key)));
    }
    assert!(changes.is_empty());
}

#[tokio::test]
async fn another_process_that_writes_to_the_sqlite_file_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sessions.db");
    let (here, there) = (
        SqliteStore::open(&path).unwrap(),
        SqliteStore::open(&path).unwrap(),
    );
    let mut changes = here.changes();
    let written = async {
        loop {
            there.create(record()).await.unwrap();
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let heard = tokio::select! { () = written => unreachable!(), heard = changes.recv() => heard };
    assert_eq!(heard, Ok(Change::Missed));
}

#[tokio::test]
async fn a_redis_that_was_away_is_listened_to_again_and_every_stream_looks() {
    let mut server = Server::start("").await;
    let (here, there) = (store_on(&server), store_on(&server));
    let mut changes = here.changes();
    assert_eq!(changes.recv().await, Ok(Change::Missed));
    server.kill();
    let change = Change::Session(record().key);
    // What cannot be sent is told in this process at least.
    assert!(here.announce(&change).await.is_err());
    assert_eq!(changes.recv().await, Ok(change.clone()));
    server.restart().await;
    assert_eq!(changes.recv().await, Ok(Change::Missed));
    there.announce(&change).await.unwrap();
    assert_eq!(changes.recv().await, Ok(change));
}

#[tokio::test]
async fn a_user_of_redis_without_the_rights_receives_no_change_and_loses_nothing_else() {
    let rights = super::RIGHTS.replace("&bff:* +publish +subscribe ", "");
    let server = Server::start(&format!("user default on nopass {rights}")).await;
    let store = store_on(&server);
    let mut changes = store.changes();
    let record = record();
    store.create(record.clone()).await.unwrap();
    let change = Change::Session(record.key);
    assert!(store.announce(&change).await.is_err());
    assert_eq!(changes.recv().await, Ok(change));
}
