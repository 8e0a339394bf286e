//! The part of the suite about one user's sessions: pages of them, newest login first, also when other sessions of the user have ended.

use std::time::Duration;

use super::{Fixture, record};
use crate::{Record, SessionStore};
use bff_core::{Clock as _, EndCause, SessionKey, SystemClock, UserId};

/// Makes sessions of one user, each one second after the previous one. The oldest comes first.
async fn logins(store: &dyn SessionStore, user: &str, number: u64) -> Vec<Record> {
    let first = SystemClock.now().minus(Duration::from_secs(number));
    let mut made = Vec::new();
    for login in 0..number {
        let created_at = first.plus(Duration::from_secs(login));
        let record = Record {
            user: Some(UserId::new(user)),
            created_at,
            last_seen_at: created_at,
            absolute_expires_at: created_at.plus(Duration::from_secs(86_400)),
            ..record()
        };
        store.create(record.clone()).await.unwrap();
        made.push(record);
    }
    made
}

async fn page(store: &dyn SessionStore, user: &str, skip: usize, limit: usize) -> Vec<SessionKey> {
    let page = store.of_user(&UserId::new(user), skip, limit).await;
    page.unwrap().iter().map(|record| record.key).collect()
}

pub async fn a_page_of_a_users_sessions_holds_the_newest_that_live(Fixture { store, .. }: Fixture) {
    let store = store.as_ref();
    let mut made = logins(store, "7", 150).await;
    logins(store, "8", 3).await;
    // Every third session is over, ended or removed. These sessions do not count.
    let mut number = 0;
    for record in &made {
        number += 1;
        if number % 6 == 0 {
            store.delete(&record.key).await.unwrap();
        } else if number % 3 == 0 {
            let end = store.end(&record.key, 1, EndCause::TooManySessions);
            end.await.unwrap();
        }
    }
    let mut number = 0;
    made.retain(|_| {
        number += 1;
        number % 3 != 0
    });
    made.reverse();
    let live: Vec<SessionKey> = made.iter().map(|record| record.key).collect();
    assert_eq!(live.len(), 100);
    for (skip, limit) in [(0, 1), (0, 10), (3, 5), (70, 25), (95, 10), (0, 200)] {
        let end = (skip + limit).min(live.len());
        assert_eq!(page(store, "7", skip, limit).await, live[skip..end]);
    }
    assert_eq!(page(store, "7", 0, 0).await, []);
    assert_eq!(page(store, "7", 100, 10).await, []);
    assert_eq!(page(store, "8", 0, 10).await.len(), 3);
    assert_eq!(page(store, "9", 0, 10).await, []);
}

/// With a shorter `session.absolute_ttl`, newer sessions may end before older ones. The order is still by login.
pub async fn the_newest_login_is_the_newest_whenever_it_ends(Fixture { store, .. }: Fixture) {
    let now = SystemClock.now();
    let older = Record {
        created_at: now.minus(Duration::from_secs(60)),
        absolute_expires_at: now.plus(Duration::from_secs(20 * 86_400)),
        ..record()
    };
    let newer = Record {
        created_at: now,
        absolute_expires_at: now.plus(Duration::from_secs(3_600)),
        ..record()
    };
    for record in [&newer, &older] {
        store.create(record.clone()).await.unwrap();
    }
    assert_eq!(page(store.as_ref(), "7", 0, 1).await, [newer.key]);
    assert_eq!(page(store.as_ref(), "7", 1, 1).await, [older.key]);
}
