//! Two replicas on one Redis: both know every session at once, and Redis may be away for a while.

use crate::support::*;
use std::time::Duration;

#[tokio::test]
async fn a_session_of_one_replica_is_known_at_the_other() {
    let redis = RedisServer::start("").await;
    let store = format!("redis://127.0.0.1:{}", redis.port());
    let replicas = Replicas::start(BINARY, &store, &[]).await;
    let here = replicas.one.browser();
    here.sign_in().await;
    let there = replicas.moved(&here);
    assert!(there.is_signed_in().await);
    assert_eq!(there.fetch("GET", "/api/user/info").await.status, 200);

    assert_eq!(there.fetch("POST", "/auth/logout").await.status, 204);
    assert!(!here.is_signed_in().await);
}

/// Covers: ASVS-13.2.6, ASVS-16.5.3-store
#[tokio::test]
async fn a_store_outage_is_answered_in_time_and_ends_no_session() {
    let mut redis = RedisServer::start("appendonly yes\nappendfsync always").await;
    let store = format!("redis://127.0.0.1:{}", redis.port());
    let replicas = Replicas::start(BINARY, &store, &[]).await;
    let here = replicas.one.browser();
    here.sign_in().await;
    let there = replicas.moved(&here);

    redis.freeze();
    tokio::join!(is_told(&here), is_told(&there));
    redis.thaw();
    comes_back(&here).await;
    comes_back(&there).await;

    redis.kill();
    tokio::join!(is_told(&here), is_told(&there));
    redis.restart().await;
    comes_back(&here).await;
    comes_back(&there).await;
}

/// What there is to see while the store is away.
pub async fn is_told(browser: &Browser) {
    let asked = async |path| {
        let answer = tokio::time::timeout(Duration::from_secs(2), browser.fetch("GET", path));
        let answer = answer.await.expect("an answer within two seconds");
        assert_eq!(answer.status, 503, "{path}: {}", answer.text());
        assert!(answer.all("set-cookie").is_empty(), "the cookie stays");
        answer
    };
    let (session, info, _) = tokio::join!(
        asked("/api/session"),
        asked("/api/user/info"),
        asked("/readyz")
    );
    for answer in [session, info] {
        answer.is_problem(503, "store_unavailable");
        assert!(answer.header("retry-after").is_some());
    }
    assert_eq!(browser.fetch("GET", "/healthz").await.status, 200);
}

/// Waits until the store is used again; the session is the one from before.
pub async fn comes_back(browser: &Browser) {
    while browser.fetch("GET", "/readyz").await.status != 200 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(browser.is_signed_in().await);
}
