//! Announced changes: heard over another connection, and behind a pooler only inside a process.

use tokio::sync::broadcast::Receiver;

use super::{PgBouncer, Postgres, eventually, store_on};
use crate::contract::record;
use crate::{Change, SessionStore as _};

fn heard(changes: &mut Receiver<Change>) -> Vec<Change> {
    std::iter::from_fn(|| changes.try_recv().ok()).collect()
}

#[tokio::test]
async fn a_change_of_one_replica_is_heard_by_another_and_again_after_a_restart() {
    let mut server = Postgres::start("").await;
    let (one, other) = (store_on(&[server.port()]), store_on(&[server.port()]));
    let mut changes = other.changes();
    let change = Change::Session(record().key);
    for _ in 0..2 {
        eventually(async || {
            one.announce(&change).await.ok()?;
            heard(&mut changes).contains(&change).then_some(())
        })
        .await;
        server.kill();
        server.restart().await;
    }
}

#[tokio::test]
async fn behind_a_pooler_in_transaction_mode_only_the_own_process_is_notified() {
    let server = Postgres::start("").await;
    let pooler = PgBouncer::start(&server).await;
    let (one, other) = (store_on(&[pooler.port()]), store_on(&[pooler.port()]));
    let (mut own, mut others) = (one.changes(), other.changes());
    for _ in 0..20 {
        let change = Change::Session(record().key);
        one.announce(&change).await.unwrap();
        assert!(heard(&mut own).contains(&change));
    }
    assert_eq!(heard(&mut others), []);
}
