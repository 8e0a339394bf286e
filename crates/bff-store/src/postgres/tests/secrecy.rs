//! What the server sees: neither ids nor tokens nor names, in its statements and in its files.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::{Postgres, store_on};
use crate::SealedStore;
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
        app_data: BTreeMap::from([(format!("{CANARY}-key"), format!("\"{CANARY}-value\""))]),
    }
}

/// Returns the bytes of all files below a folder.
fn files(folder: PathBuf) -> Vec<u8> {
    let mut folders = vec![folder];
    let mut bytes = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                bytes.extend(std::fs::read(path).unwrap_or_default());
            }
        }
    }
    bytes
}

fn holds(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}

/// Covers: RFC6749-10.3-1
#[tokio::test]
async fn postgres_sees_neither_ids_nor_tokens_nor_names() {
    // The log then has every statement with its values.
    let server = Postgres::start("log_statement = all").await;
    let keys = KeyRing::new(SealingKey::new([1; 32].into()), Vec::new());
    let store = Arc::new(store_on(&[server.port()]));
    let store = SealedStore::new(store, keys, Arc::new(SystemEntropy));
    let session = session(&SessionId::new(format!("{CANARY}-id")));
    store.create(&session).await.unwrap();
    store.load(&session.key).await.unwrap();
    let swapped = store.swap_tokens(&session.key, 1, &session.tokens).await;
    swapped.unwrap();
    let app_data = &session.app_data;
    store.set_app_data(&session.key, app_data).await.unwrap();
    assert!(server.try_query("CHECKPOINT"));
    let bytes = files(server.folder().to_owned());
    assert!(holds(&bytes, session.key.as_bytes()), "the files are read");
    assert!(holds(&bytes, b"UPDATE bff.session"), "the log is read");
    assert!(!holds(&bytes, CANARY.as_bytes()));
}
