//! Signing out: everywhere, in the moment of a refresh, while the store is away.

use std::sync::Arc;

use wiremock::MockServer;

use super::failing_store::FailingStore;
use super::support::{REVOKE, answer_revocations, calls, clock, parts, provider, stored_session};
use crate::domain::{Clock as _, EndCause, RefreshToken, Session};
use crate::flow::Logout;
use crate::store::{Loaded, MemoryStore, SessionStore};

fn logout(store: &Arc<dyn SessionStore>, provider: &MockServer) -> Arc<Logout> {
    let parts = parts(store, provider, clock());
    parts.logout(&parts.revoker())
}

async fn place() -> (MockServer, Arc<Logout>) {
    let provider = provider().await;
    answer_revocations(&provider).await;
    let store: Arc<dyn SessionStore> = Arc::new(MemoryStore::default());
    let logout = logout(&store, &provider);
    (provider, logout)
}

async fn session(logout: &Logout) -> Session {
    stored_session(&logout.store, clock().now()).await.1
}

#[tokio::test]
async fn a_sign_out_that_the_store_did_not_confirm_is_finished_in_the_background() {
    let provider = provider().await;
    answer_revocations(&provider).await;
    let failing = Arc::new(FailingStore::failing_swaps(0));
    let logout = logout(&(Arc::clone(&failing) as Arc<dyn SessionStore>), &provider);
    let session = session(&logout).await;
    failing.go_away();
    assert!(logout.log_out(&session, false).await.is_err());
    failing.come_back();
    logout.tasks.finished().await;
    let stored = logout.store.load(&session.key).await.unwrap();
    assert!(matches!(stored, Loaded::Unknown), "{stored:?}");
    assert_eq!(calls(&provider, REVOKE).await, 1);
}

#[tokio::test]
async fn signing_out_everywhere_ends_the_other_sessions_with_a_cause() {
    let (provider, logout) = place().await;
    let here = session(&logout).await;
    let there = session(&logout).await;
    logout.log_out(&here, true).await.unwrap();
    let store = &logout.store;
    let (here, there) = (
        store.load(&here.key).await.unwrap(),
        store.load(&there.key).await.unwrap(),
    );
    assert!(matches!(here, Loaded::Unknown), "{here:?}");
    assert!(
        matches!(there, Loaded::Ended(EndCause::EndedElsewhere)),
        "{there:?}"
    );
    logout.tasks.finished().await;
    assert_eq!(calls(&provider, REVOKE).await, 2);
}

#[tokio::test]
async fn a_session_that_is_renewed_in_the_moment_of_its_end_ends_with_its_newer_token() {
    let (provider, logout) = place().await;
    let stale = session(&logout).await;
    let mut newer = stale.tokens.clone();
    newer.refresh_token = Some(RefreshToken::new("refresh-9"));
    let store = &logout.store;
    store.swap_tokens(&stale.key, 1, &newer).await.unwrap();
    let end = logout.end_remotely(stale.clone(), EndCause::Revoked);
    end.await.unwrap();
    let ended = store.load(&stale.key).await.unwrap();
    assert!(
        matches!(ended, Loaded::Ended(EndCause::Revoked)),
        "{ended:?}"
    );
    logout.tasks.finished().await;
    let revoked = provider.received_requests().await.unwrap();
    assert_eq!(revoked.len(), 1);
    assert!(String::from_utf8_lossy(&revoked[0].body).contains("refresh-9"));
}
