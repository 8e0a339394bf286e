//! The index of a user's sessions: it lists the sessions that may be live, in the order of the logins, with the documented access rights.

use std::time::Duration;

use redis::{Cmd, Connection, FromRedisValue, cmd};

use super::{Server, servers};
use crate::RedisServers;
use crate::contract::{RIGHTS, record};
use crate::redis::{RedisStore, keys};
use crate::{Record, SessionStore as _};
use bff_core::{Clock as _, EndCause, SystemClock, UserId};

/// Makes a store with only the documented rights, and a connection that bypasses it.
async fn place() -> (Server, RedisStore, Connection) {
    let rights = format!("requirepass admin\nuser app on >secret {RIGHTS}");
    let server = Server::start(&rights).await;
    let store = RedisStore::on_server(RedisServers {
        username: Some("app".to_owned()),
        password: Some("secret".into()),
        ..servers(&[server.port()])
    });
    let past = redis::Client::open(format!("redis://:admin@127.0.0.1:{}", server.port()));
    let past = past.unwrap().get_connection().unwrap();
    (server, store, past)
}

fn user() -> UserId {
    UserId::new("7")
}

/// Makes a session of the user that began this many minutes ago and ends after a day.
fn login(minutes_ago: u64) -> Record {
    let made = SystemClock
        .now()
        .minus(Duration::from_secs(minutes_ago * 60));
    Record {
        created_at: made,
        last_seen_at: made,
        absolute_expires_at: made.plus(Duration::from_secs(86_400)),
        ..record()
    }
}

fn ask<T: FromRedisValue>(past: &mut Connection, command: &Cmd) -> T {
    command.query(past).unwrap()
}

fn names(past: &mut Connection) -> Vec<String> {
    let mut range = cmd("ZRANGE");
    ask(past, range.arg(keys::user(&user())).arg(0).arg(-1))
}

#[tokio::test]
async fn ended_sessions_leave_the_index_and_a_login_in_progress_stays() {
    let (_server, store, mut past) = place().await;
    let [ended, deleted, expired, under_way, live] = [5, 4, 90, 2, 1].map(login);
    for record in [&ended, &deleted, &expired, &under_way, &live] {
        store.create(record.clone()).await.unwrap();
    }
    assert_eq!(names(&mut past).len(), 5);
    store.end(&ended.key, 1, EndCause::Revoked).await.unwrap();
    store.delete(&deleted.key).await.unwrap();
    assert_eq!(names(&mut past).len(), 3);

    // One record has expired, the other is not written yet.
    for gone in [&expired, &under_way] {
        let mut delete = cmd("DEL");
        ask::<()>(&mut past, delete.arg(keys::session(&gone.key)));
    }
    for skip in [1, 0] {
        let page = store.of_user(&user(), skip, 10).await.unwrap();
        assert_eq!(page, [live.clone()][skip..]);
    }
    let left = [&under_way, &live].map(|record| keys::tag(&record.key));
    assert_eq!(names(&mut past), left);
}

/// Earlier releases scored sessions by their end, and left entries of sessions that are over.
#[tokio::test]
async fn the_names_of_an_earlier_release_are_of_older_sessions() {
    let (_server, store, mut past) = place().await;
    let [older, ended, newer] = [30, 20, 10].map(login);
    for record in [&older, &ended, &newer] {
        store.create(record.clone()).await.unwrap();
    }
    store.end(&ended.key, 1, EndCause::Revoked).await.unwrap();
    for record in [&older, &ended] {
        let mut add = cmd("ZADD");
        add.arg(keys::user(&user()))
            .arg(record.absolute_expires_at.as_millis())
            .arg(keys::tag(&record.key));
        ask::<()>(&mut past, &add);
    }
    assert_eq!(
        store.of_user(&user(), 0, 1).await.unwrap(),
        std::slice::from_ref(&newer)
    );
    assert_eq!(
        store.of_user(&user(), 1, 5).await.unwrap(),
        std::slice::from_ref(&older)
    );
    let left = [&older, &newer].map(|record| keys::tag(&record.key));
    assert_eq!(names(&mut past), left);
}
