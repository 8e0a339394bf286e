//! A server that freezes, is killed and restarts, or is not reachable yet.

use super::{Server, connect, eventually, fails_in_time, servers, store_on};
use crate::RedisStore;
use crate::contract::record;
use crate::{Claim, SessionStore as _, Swap};
use bff_core::SystemClock;
use bff_core::{Clock as _, EndCause};

/// With this configuration a confirmed write survives a kill.
const DURABLE: &str = "appendonly yes\nappendfsync always";

#[tokio::test]
async fn a_frozen_server_is_an_error_in_time_and_is_used_again_when_it_goes_on() {
    let server = Server::start("").await;
    let store = store_on(&server);
    let record = record();
    store.create(record.clone()).await.unwrap();

    server.freeze();
    tokio::join!(
        fails_in_time(store.swap_tokens(&record.key, 1, b"tokens 2".to_vec())),
        fails_in_time(store.load(&record.key)),
        fails_in_time(store.ping())
    );
    let many = (0..20).map(|_| fails_in_time(store.load(&record.key)));
    futures_util::future::join_all(many).await;

    server.thaw();
    let found = eventually(async || store.load(&record.key).await.ok()).await;
    assert!(found.is_some());
    // The write without an answer may have been executed once. A retry is safe, because its answer shows that.
    let again = store
        .swap_tokens(&record.key, 1, b"tokens 2".to_vec())
        .await;
    match again.unwrap() {
        Swap::Done(2) => {}
        Swap::Conflict(standing) => assert_eq!(standing.version, 2),
        other => panic!("{other:?}"),
    }
    let found = store.load(&record.key).await.unwrap().unwrap();
    assert_eq!((found.version, found.tokens), (2, b"tokens 2".to_vec()));
}

#[tokio::test]
async fn a_killed_server_is_an_error_in_time_and_keeps_what_was_answered() {
    let mut server = Server::start(DURABLE).await;
    let store = store_on(&server);
    let (live, ended) = (record(), record());
    for record in [&live, &ended] {
        store.create(record.clone()).await.unwrap();
    }
    let cause = EndCause::RefreshRefused;
    store.end(&ended.key, 1, cause).await.unwrap();

    server.kill();
    tokio::join!(
        fails_in_time(store.load(&live.key)),
        fails_in_time(store.touch(&live.key, SystemClock.now()))
    );

    server.restart().await;
    // The client noticed the loss at once, so the first write needs no retry. The new server does not know the scripts yet.
    let swap = store.swap_tokens(&live.key, 1, b"tokens 2".to_vec()).await;
    assert!(matches!(swap.unwrap(), Swap::Done(2)));
    let found = store.load(&live.key).await.unwrap().unwrap();
    assert_eq!((found.version, found.tokens), (2, b"tokens 2".to_vec()));
    let found = store.load(&ended.key).await.unwrap().unwrap();
    assert_eq!(found.ended, Some(cause));
}

#[tokio::test]
async fn a_restart_between_two_calls_is_not_noticed() {
    let mut server = Server::start(DURABLE).await;
    let store = store_on(&server);
    let record = record();
    store.create(record.clone()).await.unwrap();
    server.kill();
    server.restart().await;
    assert!(store.touch(&record.key, SystemClock.now()).await.unwrap());
}

#[tokio::test]
async fn a_server_that_starts_after_the_program_is_found() {
    let server = Server::start("").await;
    let nowhere = RedisStore::on_server(servers(&[super::free_port()]));
    fails_in_time(nowhere.ping()).await;

    server.freeze();
    let store = store_on(&server);
    fails_in_time(store.ping()).await;
    server.thaw();
    eventually(async || store.ping().await.ok()).await;
}

#[tokio::test]
async fn a_server_that_takes_no_writes_is_not_ready() {
    let server = Server::start("maxmemory 1\nmaxmemory-policy noeviction").await;
    let error = store_on(&server).ping().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "session store: Redis refused a command: OOM"
    );
}

/// Covers: ASVS-1.5.2
#[tokio::test]
async fn an_invalid_record_counts_as_no_session() {
    let server = Server::start("").await;
    let store = store_on(&server);
    let mut redis = connect(&server);
    let whole = record();
    store.create(whole.clone()).await.unwrap();
    for spoil in [
        ["HSET", "version", "-1"].as_slice(),
        &["HSET", "version", "\u{0}"],
        &["HDEL", "tokens"],
        &["SET", "{\"an\":\"older form\"}"],
    ] {
        let mut command = redis::cmd(spoil[0]);
        command.arg(super::super::keys::session(&whole.key));
        command.arg(&spoil[1..]).exec(&mut redis).unwrap();
        assert_eq!(store.load(&whole.key).await.unwrap(), None);
    }
}

/// Covers: ASVS-7.3.2
#[tokio::test]
async fn no_key_outlives_the_absolute_limit() {
    let server = Server::start("").await;
    let store = store_on(&server);
    let mut redis = connect(&server);
    let now = SystemClock.now();
    let minute = std::time::Duration::from_secs(60);
    let end = now.plus(minute * 10);
    let record = crate::Record {
        absolute_expires_at: end,
        ..record()
    };
    let key = record.key;
    store.create(record.clone()).await.unwrap();
    let holder = "holder".to_owned();
    for ttl in [minute, minute * 2] {
        let claim = Claim {
            holder: holder.clone(),
            now,
            ttl,
        };
        assert!(store.lease(&key, &claim).await.unwrap());
        assert!(store.mark_spending(&key, 1, &claim).await.unwrap());
    }
    store.spend_attempt("tag", now, minute).await.unwrap();
    store.ping().await.unwrap();

    let mut check = async |kinds: usize| {
        let names: Vec<String> = redis::cmd("KEYS").arg("*").query(&mut redis).unwrap();
        assert_eq!(names.len(), kinds, "{names:?}");
        for name in names {
            let mut expiry = redis::cmd("PEXPIRETIME");
            let until: i64 = expiry.arg(&name).query(&mut redis).unwrap();
            assert!(until > 0, "{name} never ends");
            assert!(until <= end.as_millis(), "{name} lives too long");
            if name.contains(":session:") || name.contains(":user:") {
                assert_eq!(until, end.as_millis(), "{name}");
            }
        }
    };
    check(6).await;
    // Using or changing a session moves no expiry.
    store.touch(&key, now.plus(minute)).await.unwrap();
    store.set_app_data(&key, b"x".to_vec()).await.unwrap();
    store.swap_tokens(&key, 1, b"y".to_vec()).await.unwrap();
    let cause = EndCause::RefreshRefused;
    store.end(&key, 2, cause).await.unwrap();
    // The session is removed from the index.
    check(5).await;
    // After removal and release only the attempt mark and the ping key remain, which expire by themselves.
    store.delete(&key).await.unwrap();
    store.release(&key, &holder).await.unwrap();
    check(2).await;
}
