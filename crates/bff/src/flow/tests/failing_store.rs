//! A store that fails on request, as real ones do now and then, or is overtaken.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

use crate::domain::{EndCause, SessionKey, Timestamp, UserId};
use crate::store::{Claim, LeaseHolder, MemoryStore, Record, SessionStore, StoreError, Swap};

/// A store in memory that fails on request.
pub struct FailingStore {
    store: MemoryStore,
    failing_swaps: AtomicU32,
    is_away: AtomicBool,
    is_leased: AtomicBool,
    loads: AtomicU32,
    listed: AtomicUsize,
    lists: AtomicUsize,
    lists_at_once: AtomicUsize,
    before_lease: Mutex<Option<BoxFuture<'static, ()>>>,
}

impl FailingStore {
    /// Whose first swaps fail, and say nothing of what became of them.
    pub fn failing_swaps(number: u32) -> Self {
        Self {
            store: MemoryStore::default(),
            failing_swaps: AtomicU32::new(number),
            is_away: AtomicBool::new(false),
            is_leased: AtomicBool::new(false),
            loads: AtomicU32::new(0),
            listed: AtomicUsize::new(0),
            lists: AtomicUsize::new(0),
            lists_at_once: AtomicUsize::new(0),
            before_lease: Mutex::default(),
        }
    }

    /// How many more will fail.
    pub fn failing_swaps_left(&self) -> u32 {
        self.failing_swaps.load(Ordering::SeqCst)
    }

    /// How often a session was looked up.
    pub fn loads(&self) -> u32 {
        self.loads.load(Ordering::SeqCst)
    }

    /// How many records were read to make lists.
    pub fn listed(&self) -> usize {
        self.listed.load(Ordering::SeqCst)
    }

    /// Runs this before the next request for a lease, as if another replica were quicker.
    pub fn before_next_lease(&self, work: impl Future<Output = ()> + Send + 'static) {
        *self.before_lease() = Some(work.boxed());
    }

    fn before_lease(&self) -> MutexGuard<'_, Option<BoxFuture<'static, ()>>> {
        self.before_lease
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The most lists that were read at the same time.
    pub fn lists_at_once(&self) -> usize {
        self.lists_at_once.load(Ordering::SeqCst)
    }

    /// Another replica has every lease from now on, and renews it.
    pub fn lease_to_another(&self) {
        self.is_leased.store(true, Ordering::SeqCst);
    }

    /// Fails whatever it is asked from now on.
    pub fn go_away(&self) {
        self.is_away.store(true, Ordering::SeqCst);
    }

    /// Answers again.
    pub fn come_back(&self) {
        self.is_away.store(false, Ordering::SeqCst);
    }

    fn answer(&self) -> Result<&MemoryStore, StoreError> {
        if self.is_away.load(Ordering::SeqCst) {
            return Err(StoreError::new("on purpose"));
        }
        Ok(&self.store)
    }
}

#[async_trait]
impl SessionStore for FailingStore {
    async fn swap_tokens(
        &self,
        key: &SessionKey,
        version: u64,
        tokens: Vec<u8>,
    ) -> Result<Swap, StoreError> {
        let left = self
            .failing_swaps
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                left.checked_sub(1)
            });
        match left {
            Ok(_) => Err(StoreError::new("on purpose")),
            Err(_) => self.answer()?.swap_tokens(key, version, tokens).await,
        }
    }

    async fn create(&self, record: Record) -> Result<(), StoreError> {
        self.answer()?.create(record).await
    }
    async fn load(&self, key: &SessionKey) -> Result<Option<Record>, StoreError> {
        self.loads.fetch_add(1, Ordering::SeqCst);
        self.answer()?.load(key).await
    }
    async fn set_app_data(&self, key: &SessionKey, app_data: Vec<u8>) -> Result<bool, StoreError> {
        self.answer()?.set_app_data(key, app_data).await
    }
    async fn touch(&self, key: &SessionKey, at: Timestamp) -> Result<bool, StoreError> {
        self.answer()?.touch(key, at).await
    }
    async fn end(
        &self,
        key: &SessionKey,
        version: u64,
        cause: EndCause,
    ) -> Result<Swap, StoreError> {
        self.answer()?.end(key, version, cause).await
    }
    async fn delete(&self, key: &SessionKey) -> Result<Option<Record>, StoreError> {
        self.answer()?.delete(key).await
    }
    async fn of_user(
        &self,
        user: &UserId,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        let at_once = self.lists.fetch_add(1, Ordering::SeqCst) + 1;
        self.lists_at_once.fetch_max(at_once, Ordering::SeqCst);
        // Lets every other permitted list start now.
        tokio::task::yield_now().await;
        self.lists.fetch_sub(1, Ordering::SeqCst);
        let page = self.answer()?.of_user(user, skip, limit).await?;
        self.listed.fetch_add(page.len(), Ordering::SeqCst);
        Ok(page)
    }
    async fn all(&self) -> Result<Vec<Record>, StoreError> {
        self.answer()?.all().await
    }
    async fn lease(&self, key: &SessionKey, claim: &Claim) -> Result<bool, StoreError> {
        let before = self.before_lease().take();
        if let Some(work) = before {
            work.await;
        }
        if self.is_leased.load(Ordering::SeqCst) {
            return Ok(false);
        }
        self.answer()?.lease(key, claim).await
    }
    async fn mark_spending(
        &self,
        key: &SessionKey,
        version: u64,
        claim: &Claim,
    ) -> Result<bool, StoreError> {
        self.answer()?.mark_spending(key, version, claim).await
    }
    async fn release(&self, key: &SessionKey, holder: &LeaseHolder) -> Result<(), StoreError> {
        self.answer()?.release(key, holder).await
    }
    async fn spend_attempt(
        &self,
        tag: &str,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<bool, StoreError> {
        self.answer()?.spend_attempt(tag, now, ttl).await
    }
    async fn sweep(&self, now: Timestamp, unused_since: Timestamp) -> Result<u64, StoreError> {
        self.answer()?.sweep(now, unused_since).await
    }
    async fn announce_replica(
        &self,
        id: &str,
        record: &str,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<(), StoreError> {
        let store = self.answer()?;
        store.announce_replica(id, record, now, ttl).await
    }
    async fn replicas(&self, now: Timestamp) -> Result<Vec<String>, StoreError> {
        self.answer()?.replicas(now).await
    }
    async fn flush(&self) -> Result<(), StoreError> {
        self.answer()?.flush().await
    }
    async fn ping(&self) -> Result<(), StoreError> {
        self.answer()?.ping().await
    }
}
