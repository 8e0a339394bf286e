//! What Redis stores, and what an error says when Redis refuses a command.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use redis::Connection;

use super::{Server, connect, fails_in_time, servers, store_on};
use crate::RedisServers;
use crate::redis::{RedisStore, keys};
use crate::{SealedStore, SessionStore as _};
use bff_core::{
    AccessToken, Clock as _, KeyRing, RefreshToken, SealingKey, Session, SessionHash, SessionId,
    SessionKey, SystemClock, SystemEntropy, TokenSet, User, UserId,
};

const CANARY: &str = "canary";

fn session(id: &SessionId) -> Session {
    let now = SystemClock.now();
    let end = now.plus(Duration::from_secs(3_600));
    Session {
        key: SessionKey::from_id(id),
        hash: SessionHash::default(),
        user: User {
            id: Some(UserId::new("7")),
            username: Some(format!("{CANARY}-name")),
        },
        device: format!("{CANARY}-device"),
        created_at: now,
        last_seen_at: now,
        absolute_expires_at: end,
        tokens: TokenSet {
            access_token: AccessToken::new(format!("{CANARY}-access")),
            refresh_token: Some(RefreshToken::new(format!("{CANARY}-refresh"))),
            scope: None,
            obtained_at: now,
            expires_at: end,
        },
        version: 1,
        app_data: BTreeMap::from([(format!("{CANARY}-name"), format!("\"{CANARY}-value\""))]),
    }
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

/// Returns the bytes of the server's files on disk.
fn files(redis: &mut Connection) -> Vec<u8> {
    let mut shown = redis::cmd("CONFIG");
    let (_, folder): (String, String) = shown.arg("GET").arg("dir").query(redis).unwrap();
    let mut folders = vec![PathBuf::from(folder)];
    let mut bytes = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                bytes.extend(std::fs::read(path).unwrap());
            }
        }
    }
    bytes
}

/// Covers: RFC6749-10.3-1
#[tokio::test]
async fn redis_sees_neither_ids_nor_tokens_nor_names() {
    let server = Server::start("appendonly yes\nappendfsync always").await;
    let mut monitor = TcpStream::connect(("127.0.0.1", server.port())).unwrap();
    monitor.write_all(b"MONITOR\r\n").unwrap();
    monitor.read_exact(&mut [0; 5]).unwrap();

    let keys = KeyRing::new(SealingKey::new([1; 32].into()), Vec::new());
    let store = SealedStore::new(Arc::new(store_on(&server)), keys, Arc::new(SystemEntropy));
    let id = SessionId::new(format!("{CANARY}-id"));
    let session = session(&id);
    store.create(&session).await.unwrap();
    store.load(&session.key).await.unwrap();
    let swapped = store.swap_tokens(&session.key, 1, &session.tokens).await;
    swapped.unwrap();
    let app_data = &session.app_data;
    store.set_app_data(&session.key, app_data).await.unwrap();
    store.all().await.unwrap();

    let mut redis = connect(&server);
    let files = files(&mut redis);
    redis::cmd("ECHO")
        .arg("the last word")
        .exec(&mut redis)
        .unwrap();
    let mut seen = Vec::new();
    let mut chunk = [0; 4_096];
    while !holds(&seen, "the last word") {
        let read = monitor.read(&mut chunk).unwrap();
        assert_ne!(read, 0, "the server ended");
        seen.extend(&chunk[..read]);
    }
    for (what, bytes) in [("the commands", seen), ("the files", files)] {
        assert!(holds(&bytes, &keys::tag(&session.key)), "not in {what}");
        assert!(!holds(&bytes, CANARY), "in {what}");
    }
}

#[tokio::test]
async fn a_server_that_cannot_prove_who_it_is_is_not_talked_to() {
    let server = Server::start("").await;
    let store = RedisStore::on_server(RedisServers {
        tls: true,
        password: Some(CANARY.into()),
        ..servers(&[server.port()])
    });
    let error = fails_in_time(store.ping()).await;
    assert!(!format!("{error:?}").contains(CANARY));
}

#[tokio::test]
async fn the_login_and_the_database_are_used() {
    let server = Server::start("requirepass secret-word\nuser app on >other-word ~* +@all").await;
    let as_user = RedisServers {
        username: Some("app".to_owned()),
        password: Some("other-word".into()),
        database: 3,
        client_certificate: None,
        ..servers(&[server.port()])
    };
    let as_default = RedisServers {
        password: Some("secret-word".into()),
        ..servers(&[server.port()])
    };
    let record = crate::contract::record();
    let third = RedisStore::on_server(as_user);
    third.create(record.clone()).await.unwrap();
    assert!(third.load(&record.key).await.unwrap().is_some());
    let first = RedisStore::on_server(as_default);
    assert_eq!(first.load(&record.key).await.unwrap(), None);
}

/// Covers: ASVS-16.5.1
#[tokio::test]
async fn an_error_names_what_failed_and_nothing_else() {
    let server =
        Server::start("requirepass secret-word\nuser app on >other-word ~* +hello +ping").await;
    let record = crate::contract::record();
    let mut said = Vec::new();
    for (user, password) in [
        (None, None),
        (None, Some(CANARY)),
        (Some(CANARY), Some("secret-word")),
        (Some("app"), Some("other-word")),
    ] {
        let store = RedisStore::on_server(RedisServers {
            username: user.map(str::to_owned),
            password: password.map(Into::into),
            ..servers(&[server.port()])
        });
        let error = fails_in_time(store.load(&record.key)).await;
        let debug = format!("{error:?}");
        for secret in [CANARY, "word", "app", "127.0.0.1", &keys::tag(&record.key)] {
            assert!(!debug.contains(secret), "{debug}");
        }
        said.push(error.to_string());
    }
    assert_eq!(
        said,
        [
            "session store: Redis refuses the login",
            "session store: Redis refuses the login",
            "session store: Redis refuses the login",
            "session store: Redis refused a command: NOPERM",
        ]
    );
}
