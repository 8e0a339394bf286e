//! A session store that counts what is changed in it, and can be put back to where it was.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bff::domain::{EndCause, SessionKey, Timestamp, UserId};
use bff::store::{Claim, LeaseHolder, MemoryStore, Record, SessionStore, StoreError, Swap};

/// See the module.
pub struct CountingStore {
    inner: Mutex<Arc<dyn SessionStore>>,
    created: AtomicUsize,
    changed: AtomicUsize,
}

impl Default for CountingStore {
    fn default() -> Self {
        Self::over(Arc::new(MemoryStore::default()))
    }
}

impl CountingStore {
    /// Counts around `inner`.
    #[must_use]
    pub fn over(inner: Arc<dyn SessionStore>) -> Self {
        Self {
            inner: Mutex::new(inner),
            created: AtomicUsize::default(),
            changed: AtomicUsize::default(),
        }
    }

    /// Puts another store in place of what is there, and forgets what was counted.
    pub fn replace(&self, inner: Arc<dyn SessionStore>) {
        *self.inner.lock().unwrap_or_else(PoisonError::into_inner) = inner;
        self.take_counts();
    }

    /// How many sessions were made, and how many other changes there were, since the last call.
    pub fn take_counts(&self) -> (usize, usize) {
        (
            self.created.swap(0, Ordering::SeqCst),
            self.changed.swap(0, Ordering::SeqCst),
        )
    }

    fn inner(&self) -> Arc<dyn SessionStore> {
        Arc::clone(&self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, did: bool) {
        self.changed.fetch_add(usize::from(did), Ordering::SeqCst);
    }
}

#[async_trait]
impl SessionStore for CountingStore {
    async fn create(&self, record: Record) -> Result<(), StoreError> {
        self.created.fetch_add(1, Ordering::SeqCst);
        self.inner().create(record).await
    }

    async fn load(&self, key: &SessionKey) -> Result<Option<Record>, StoreError> {
        self.inner().load(key).await
    }

    async fn swap_tokens(
        &self,
        key: &SessionKey,
        version: u64,
        tokens: Vec<u8>,
    ) -> Result<Swap, StoreError> {
        self.note(true);
        self.inner().swap_tokens(key, version, tokens).await
    }

    async fn set_app_data(&self, key: &SessionKey, app_data: Vec<u8>) -> Result<bool, StoreError> {
        self.note(true);
        self.inner().set_app_data(key, app_data).await
    }

    async fn touch(&self, key: &SessionKey, at: Timestamp) -> Result<bool, StoreError> {
        self.note(true);
        self.inner().touch(key, at).await
    }

    async fn end(
        &self,
        key: &SessionKey,
        version: u64,
        cause: EndCause,
    ) -> Result<Swap, StoreError> {
        self.note(true);
        self.inner().end(key, version, cause).await
    }

    async fn delete(&self, key: &SessionKey) -> Result<Option<Record>, StoreError> {
        self.note(true);
        self.inner().delete(key).await
    }

    async fn of_user(
        &self,
        user: &UserId,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        self.inner().of_user(user, skip, limit).await
    }

    async fn all(&self) -> Result<Vec<Record>, StoreError> {
        self.inner().all().await
    }

    async fn lease(&self, key: &SessionKey, claim: &Claim) -> Result<bool, StoreError> {
        self.note(true);
        self.inner().lease(key, claim).await
    }

    async fn mark_spending(
        &self,
        key: &SessionKey,
        version: u64,
        claim: &Claim,
    ) -> Result<bool, StoreError> {
        self.note(true);
        self.inner().mark_spending(key, version, claim).await
    }

    async fn release(&self, key: &SessionKey, holder: &LeaseHolder) -> Result<(), StoreError> {
        self.inner().release(key, holder).await
    }

    async fn spend_attempt(
        &self,
        tag: &str,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<bool, StoreError> {
        let was_new = self.inner().spend_attempt(tag, now, ttl).await?;
        self.note(was_new);
        Ok(was_new)
    }

    async fn sweep(&self, now: Timestamp, unused_since: Timestamp) -> Result<u64, StoreError> {
        self.inner().sweep(now, unused_since).await
    }

    async fn announce_replica(
        &self,
        id: &str,
        record: &str,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<(), StoreError> {
        let store = self.inner();
        store.announce_replica(id, record, now, ttl).await
    }

    async fn replicas(&self, now: Timestamp) -> Result<Vec<String>, StoreError> {
        self.inner().replicas(now).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.inner().ping().await
    }
}
