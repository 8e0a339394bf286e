//! Signing out while the store is away.

use std::sync::Arc;

use super::failing_store::FailingStore;
use super::support::{REVOKE, answer_revocations, calls, provider, replica, session_at_expiry};
use crate::store::{Loaded, SessionStore};

#[tokio::test]
async fn a_sign_out_that_the_store_did_not_confirm_is_finished_in_the_background() {
    let provider = provider().await;
    answer_revocations(&provider).await;
    let failing = Arc::new(FailingStore::failing_swaps(0));
    let flows = replica(&(Arc::clone(&failing) as Arc<dyn SessionStore>), &provider);
    let session = session_at_expiry(&flows).await;
    failing.go_away();
    assert!(flows.log_out(&session, false).await.is_err());
    failing.come_back();
    flows.finish_tasks().await;
    let stored = flows.parts.store.load(&session.key).await.unwrap();
    assert!(matches!(stored, Loaded::Unknown), "{stored:?}");
    assert_eq!(calls(&provider, REVOKE).await, 1);
}
