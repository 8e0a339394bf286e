//! The part of the suite about single records: created once, loaded as they were, ended, used.

use super::{Fixture, at, record};
use crate::{Record, Swap};
use bff_core::{EndCause, UserId};

pub(super) async fn a_created_record_is_loaded_as_it_was(Fixture { store, .. }: Fixture) {
    let anonymous = Record {
        user: None,
        app_data: b"x".to_vec(),
        ..record()
    };
    for record in [record(), anonymous] {
        store.create(record.clone()).await.unwrap();
        assert_eq!(store.load(&record.key).await.unwrap(), Some(record));
    }
    assert_eq!(store.load(&self::record().key).await.unwrap(), None);
    store.ping().await.unwrap();
}

pub(super) async fn sealed_parts_are_any_bytes(Fixture { store, .. }: Fixture) {
    let bytes: Vec<u8> = (0..=u8::MAX).cycle().take(10_000).collect();
    let record = Record {
        version: (1 << 53) + 1,
        profile: bytes.clone(),
        tokens: bytes.clone(),
        app_data: bytes.clone(),
        ..record()
    };
    let key = record.key;
    store.create(record.clone()).await.unwrap();
    assert_eq!(store.load(&key).await.unwrap().as_ref(), Some(&record));
    let late = store.swap_tokens(&key, 1 << 53, vec![0]).await.unwrap();
    assert!(matches!(late, Swap::Conflict(standing) if *standing == record));
    let tokens: Vec<u8> = bytes.into_iter().rev().collect();
    let swap = store.swap_tokens(&key, (1 << 53) + 1, tokens.clone()).await;
    assert!(matches!(swap.unwrap(), Swap::Done(version) if version == (1 << 53) + 2));
    let found = store.delete(&key).await.unwrap().unwrap();
    assert_eq!((found.version, found.tokens), ((1 << 53) + 2, tokens));
}

pub(super) async fn a_key_is_made_once(Fixture { store, .. }: Fixture) {
    let record = record();
    store.create(record.clone()).await.unwrap();
    let again = Record {
        user: Some(UserId::new("8")),
        ..record.clone()
    };
    store.create(again.clone()).await.unwrap_err();
    assert_eq!(store.load(&record.key).await.unwrap(), Some(record.clone()));
    assert_eq!(store.of_user(&UserId::new("8"), 0, 10).await.unwrap(), []);
    store
        .end(&record.key, 1, EndCause::RefreshRefused)
        .await
        .unwrap();
    store.create(again).await.unwrap_err();
    let found = store.load(&record.key).await.unwrap().unwrap();
    assert_eq!(found.ended, Some(EndCause::RefreshRefused));
}

pub(super) async fn an_ended_session_keeps_its_cause_and_nothing_else(
    Fixture { store, .. }: Fixture,
) {
    let record = record();
    store.create(record.clone()).await.unwrap();
    assert!(matches!(
        store
            .end(&record.key, 1, EndCause::RefreshRefused)
            .await
            .unwrap(),
        Swap::Done(2)
    ));
    let ended = store.load(&record.key).await.unwrap().unwrap();
    assert_eq!(ended.ended, Some(EndCause::RefreshRefused));
    assert_eq!(
        (
            ended.profile.len(),
            ended.tokens.len(),
            ended.app_data.len()
        ),
        (0, 0, 0)
    );
    assert!(matches!(
        store
            .swap_tokens(&record.key, 2, b"late".to_vec())
            .await
            .unwrap(),
        Swap::NotFound
    ));
    assert!(
        !store
            .set_app_data(&record.key, b"late".to_vec())
            .await
            .unwrap()
    );
    assert!(!store.touch(&record.key, at(9_999)).await.unwrap());
    assert_eq!(store.all().await.unwrap(), []);
}

pub(super) async fn ending_needs_the_known_version(Fixture { store, .. }: Fixture) {
    let record = record();
    store.create(record.clone()).await.unwrap();
    store
        .swap_tokens(&record.key, 1, b"tokens 2".to_vec())
        .await
        .unwrap();
    let late = store
        .end(&record.key, 1, EndCause::RefreshRefused)
        .await
        .unwrap();
    assert!(matches!(late, Swap::Conflict(standing) if standing.version == 2));
    assert_eq!(store.load(&record.key).await.unwrap().unwrap().ended, None);
}

pub(super) async fn use_never_moves_backwards(Fixture { store, .. }: Fixture) {
    let record = record();
    store.create(record.clone()).await.unwrap();
    for (used, seen) in [(5_000, 5_000), (4_000, 5_000), (6_000, 6_000)] {
        assert!(store.touch(&record.key, at(used)).await.unwrap());
        assert_eq!(
            store.load(&record.key).await.unwrap().unwrap().last_seen_at,
            at(seen)
        );
    }
}

pub(super) async fn use_moves_back_when_the_clock_was(Fixture { store, .. }: Fixture) {
    let now = 1_000_000_000;
    let skew = 300_000;
    for (stood, seen) in [(now + skew, now + skew), (now + skew + 1, now)] {
        let record = Record {
            last_seen_at: at(stood),
            ..record()
        };
        store.create(record.clone()).await.unwrap();
        assert!(store.touch(&record.key, at(now)).await.unwrap());
        let found = store.load(&record.key).await.unwrap().unwrap();
        assert_eq!(found.last_seen_at, at(seen), "{stood}");
    }
}
