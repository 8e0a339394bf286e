//! [`SealedStore`]: seals what it gives to the store inside, and opens what it receives from it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::broadcast::Receiver;
use tokio::time::Instant;

use super::cache::SessionCache;
use super::entries::Seen;
use super::sealer::Sealer;
use crate::changes::Change;
use crate::record::Record;
use crate::store::{Claim, LeaseHolder, SessionStore, StoreError, Swap};
use bff_core::{EndCause, Entropy, KeyRing, Session, SessionHash, SessionKey, Timestamp, TokenSet};

/// The result of a lookup by session key.
#[derive(Debug)]
pub enum Loaded {
    /// A session, perhaps past a limit: the caller must check. Callers share it.
    Live(Arc<Session>),
    /// The session ended for this cause.
    Ended(EndCause),
    /// The store has no such session.
    Unknown,
}

/// The result of storing new tokens.
#[derive(Debug)]
pub enum TokenSwap {
    /// The tokens are stored; this is their version.
    Done(u64),
    /// Another caller stored newer tokens first. This is the current session.
    Conflict(Box<Session>),
    /// The session is over; nothing was stored.
    NotFound,
}

/// Time after a store failure, 10 seconds, during which another caller may still store tokens that the store refused at first.
const AFTERMATH: Duration = Duration::from_secs(10);

/// Longest time for which the caller of an operation waits until its change is announced: 300 ms.
const ANNOUNCE: Duration = Duration::from_millis(300);

/// A store of sessions, sealed with a key ring.
#[derive(Clone)]
pub struct SealedStore {
    pub(super) store: Arc<dyn SessionStore>,
    failed_at: Arc<Mutex<Option<Instant>>>,
    pub(super) sealer: Sealer,
    pub(super) cache: SessionCache,
}

impl SealedStore {
    /// Makes a store that seals with `keys` around `store`.
    #[must_use]
    pub fn new(store: Arc<dyn SessionStore>, keys: KeyRing, entropy: Arc<dyn Entropy>) -> Self {
        Self {
            store,
            failed_at: Arc::default(),
            sealer: Sealer::new(keys, entropy),
            cache: SessionCache::new(),
        }
    }

    /// Stores a new session durably and returns its pseudonym for the audit log.
    ///
    /// # Errors
    /// [`StoreError`] when it is not certain that the session is stored.
    pub async fn create(&self, session: &Session) -> Result<SessionHash, StoreError> {
        let record = self.sealer.seal(session)?;
        let hash = self.sealer.hash(&record.profile, &record.key);
        self.measured("create", self.store.create(record)).await?;
        Ok(hash)
    }

    /// Looks up the session with this key. The result is never older than the call: a session in memory is used only if the store shows that its
    /// record is unchanged.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be reached.
    pub async fn load(&self, key: &SessionKey) -> Result<Loaded, StoreError> {
        // Read before the record, so that a change between the two makes the entry of the record invalid.
        let seen = Seen {
            mark: self.store.change_mark(),
            keys: self.sealer.generation(),
        };
        if let Some(session) = self.cache.unchanged(key, seen) {
            return Ok(Loaded::Live(session));
        }
        let record = self.measured("load", self.store.load(key)).await;
        if record.is_err() {
            *self.failed_at() = Some(Instant::now());
        }
        Ok(match record? {
            None => {
                self.cache.remove(key);
                Loaded::Unknown
            }
            Some(Record {
                ended: Some(cause), ..
            }) => {
                self.cache.remove(key);
                Loaded::Ended(cause)
            }
            Some(record) => self
                .cache
                .session(record, seen, |record| self.sealer.open(record))
                .map_or(Loaded::Unknown, Loaded::Live),
        })
    }

    /// Reports whether a session could not be loaded within the last 10 seconds.
    #[must_use]
    pub fn has_just_failed(&self) -> bool {
        self.failed_at().is_some_and(|at| at.elapsed() < AFTERMATH)
    }

    fn failed_at(&self) -> MutexGuard<'_, Option<Instant>> {
        self.failed_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Replaces the tokens if they did not change since `version` (compare-and-swap).
    ///
    /// # Errors
    /// [`StoreError`] when it is not certain whether the tokens were replaced.
    pub async fn swap_tokens(
        &self,
        key: &SessionKey,
        version: u64,
        tokens: &TokenSet,
    ) -> Result<TokenSwap, StoreError> {
        let sealed = self.sealer.seal_tokens(key, version + 1, tokens)?;
        let swap = self.store.swap_tokens(key, version, sealed);
        Ok(self.opened(self.measured("swap_tokens", swap).await?))
    }

    /// Ends the session if its tokens did not change since `version` (compare-and-swap).
    ///
    /// # Errors
    /// [`StoreError`] when it is not certain that the session ended.
    pub async fn end(
        &self,
        key: &SessionKey,
        version: u64,
        cause: EndCause,
    ) -> Result<TokenSwap, StoreError> {
        self.cache.remove(key);
        let end = self.store.end(key, version, cause);
        let end = self.measured("end", end).await?;
        if let Swap::Done(_) = end {
            self.announce(&Change::Session(*key)).await;
        }
        Ok(self.opened(end))
    }

    /// Replaces the app's own data of a live session; `false` when it is over.
    ///
    /// # Errors
    /// [`StoreError`] when it is not certain that the data is stored.
    pub async fn set_app_data(
        &self,
        key: &SessionKey,
        data: &BTreeMap<String, String>,
    ) -> Result<bool, StoreError> {
        let sealed = self.sealer.seal_app_data(key, data)?;
        let set = self.store.set_app_data(key, sealed);
        self.measured("set_app_data", set).await
    }

    /// Records that a live session was used; `false` when it is over.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be reached.
    pub async fn touch(&self, key: &SessionKey, at: Timestamp) -> Result<bool, StoreError> {
        self.measured("touch", self.store.touch(key, at)).await
    }

    /// Removes the session and returns it, if it was live and opened.
    ///
    /// # Errors
    /// [`StoreError`] when it is not certain that the session is removed.
    pub async fn delete(&self, key: &SessionKey) -> Result<Option<Session>, StoreError> {
        self.cache.remove(key);
        let record = self.measured("delete", self.store.delete(key)).await?;
        if record.is_some() {
            self.announce(&Change::Session(*key)).await;
        }
        Ok(record
            .filter(|record| record.ended.is_none())
            .and_then(|record| self.sealer.open(record)))
    }

    /// Takes or renews the session's lease; `false` when another holder has it.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be reached.
    pub async fn lease(&self, key: &SessionKey, claim: &Claim) -> Result<bool, StoreError> {
        self.measured("lease", self.store.lease(key, claim)).await
    }

    /// Marks that the holder of the lease is about to spend the refresh token of this version. Returns `false` while another holder's mark is
    /// in force, and when the session has another version.
    ///
    /// # Errors
    /// [`StoreError`] when it is not certain that the mark is set.
    pub async fn mark_spending(
        &self,
        key: &SessionKey,
        version: u64,
        claim: &Claim,
    ) -> Result<bool, StoreError> {
        self.measured(
            "mark_spending",
            self.store.mark_spending(key, version, claim),
        )
        .await
    }

    /// Releases the lease and removes the mark.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be reached. Lease and mark then expire by themselves.
    pub async fn release(&self, key: &SessionKey, holder: &LeaseHolder) -> Result<(), StoreError> {
        self.measured("release", self.store.release(key, holder))
            .await
    }

    /// Marks a login attempt as spent; `false` when it was spent before.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be reached.
    pub async fn spend_attempt(
        &self,
        tag: &str,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<bool, StoreError> {
        self.measured("spend_attempt", self.store.spend_attempt(tag, now, ttl))
            .await
    }

    /// Removes sessions that are past their absolute limit or were not used since, and unused ones from the memory. Returns the number of sessions that
    /// were removed from the store.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be reached.
    pub async fn sweep(&self, now: Timestamp, unused_since: Timestamp) -> Result<u64, StoreError> {
        self.cache.drop_unused();
        self.measured("sweep", self.store.sweep(now, unused_since))
            .await
    }

    /// Tells the listeners of every replica what changed. It waits at most 300 ms, and reports a failure only in the log, because listeners also look by
    /// themselves. The end of a session is announced by the operation that ends it.
    pub async fn announce(&self, change: &Change) {
        let announced = tokio::time::timeout(ANNOUNCE, self.store.announce(change)).await;
        let announced = announced.unwrap_or_else(|_| Err(StoreError::new("no answer in time")));
        if let Err(error) = announced {
            tracing::warn!(
                event = "change_not_announced",
                error = %error,
                "other replicas were not told of a change; their open pages learn of it within a minute"
            );
        }
    }

    /// Returns a receiver of the changes that any replica announces. Called on a runtime that lives as long as the program.
    #[must_use]
    pub fn changes(&self) -> Receiver<Change> {
        self.store.changes()
    }

    /// Stores what this replica says of itself, for `ttl` from `now`; a `ttl` of zero removes it.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be reached.
    pub async fn announce_replica(
        &self,
        id: &str,
        record: &str,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<(), StoreError> {
        self.store.announce_replica(id, record, now, ttl).await
    }

    /// Returns what the running replicas say of themselves.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be reached.
    pub async fn replicas(&self, now: Timestamp) -> Result<Vec<String>, StoreError> {
        self.store.replicas(now).await
    }

    /// Writes the stored data into its final form during graceful shutdown.
    ///
    /// # Errors
    /// [`StoreError`] when that failed. Nothing is lost then.
    pub async fn flush(&self) -> Result<(), StoreError> {
        self.measured("flush", self.store.flush()).await
    }

    /// Checks that the store answers.
    ///
    /// # Errors
    /// [`StoreError`] when it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.measured("ping", self.store.ping()).await
    }

    fn opened(&self, swap: Swap) -> TokenSwap {
        match swap {
            Swap::Done(version) => TokenSwap::Done(version),
            Swap::NotFound => TokenSwap::NotFound,
            Swap::Conflict(record) => self
                .sealer
                .open(*record)
                .map_or(TokenSwap::NotFound, |session| {
                    TokenSwap::Conflict(Box::new(session))
                }),
        }
    }
}
