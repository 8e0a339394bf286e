//! The part of the suite about announced changes: every listener of every replica hears them.

use tokio::sync::broadcast::Receiver;

use super::{Fixture, record};
use crate::Change;
use bff_core::UserId;

/// Returns the next change that names a session or a user.
pub(in super::super) async fn next(changes: &mut Receiver<Change>) -> Change {
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
        let heard = tokio::time::timeout(std::time::Duration::from_millis(50), next(changes)).await;
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
