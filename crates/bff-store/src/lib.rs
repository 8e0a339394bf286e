//! Session stores of the backend-for-frontend: memory, SQLite (feature `sqlite`), Redis or Valkey (feature `redis`).
//!
//! [`SessionStore`] is what a store must do; every store passes the same suite of tests (`contract`). Stores hold [`Record`]s, whose
//! secret parts are sealed before they come here: only [`SealedStore`] turns records into sessions.

#![forbid(unsafe_code)]

mod memory;
mod record;
mod redis_servers;
mod sealed;

#[cfg(feature = "redis")]
mod redis;
#[cfg(feature = "sqlite")]
mod sqlite;

#[cfg(test)]
#[cfg(all(feature = "redis", feature = "sqlite"))]
mod contract;

#[cfg(feature = "redis")]
pub use self::redis::RedisStore;
#[cfg(feature = "sqlite")]
pub use self::sqlite::{OpenFileError, SqliteStore};
pub use memory::MemoryStore;
pub use record::Record;
pub use redis_servers::{RedisNode, RedisServers};
pub use sealed::{EndedSome, Loaded, SealedStore, TokenSwap};

use std::time::Duration;

use async_trait::async_trait;

use bff_core::{EndCause, SessionHandle, SessionKey, Timestamp, UserId};

/// The store could not be asked, or did not do what it was asked for. Nothing is known about the session then: it is neither alive nor over.
#[derive(Clone, Debug, thiserror::Error)]
#[error("session store: {what}")]
pub struct StoreError {
    /// What failed, for the log; never a stored value, an address with a password, or a statement.
    what: String,
}

impl StoreError {
    /// A failure described by `what`.
    #[must_use]
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into() }
    }
}

/// What became of a change that was only to happen to the version the caller knew.
#[derive(Debug)]
pub enum Swap {
    /// It happened; the record now has this version.
    Done(u64),
    /// Somebody else changed the tokens first: this is the record as it stands.
    Moved(Box<Record>),
    /// The session is over; nothing was written.
    Gone,
}

/// Who holds a lease: a fresh random text per attempt to refresh.
pub type LeaseHolder = String;

/// Who asks for what for how long: of a lease, and of the mark that a refresh token is being spent.
#[derive(Clone, Debug)]
pub struct Claim {
    /// Who asks.
    pub holder: LeaseHolder,
    /// The asker's time.
    pub now: Timestamp,
    /// How long it is for. A claim of another that ends later than this one would was made before the clock was set back, and counts as over.
    pub ttl: Duration,
}

impl Claim {
    /// When it ends.
    #[must_use]
    pub fn until(&self) -> Timestamp {
        self.now.plus(self.ttl)
    }
}

/// A place for session records. `update`s change only what still exists: nothing here brings an ended session back.
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// Stores a new record durably: when this returns, a killed process or machine has not lost it. An error when its key exists already.
    async fn create(&self, record: Record) -> Result<(), StoreError>;

    /// The record, ended or not; `None` when there is none.
    async fn load(&self, key: &SessionKey) -> Result<Option<Record>, StoreError>;

    /// Replaces the tokens of a live session if its version is still `version`, and counts the version up.
    async fn swap_tokens(
        &self,
        key: &SessionKey,
        version: u64,
        tokens: Vec<u8>,
    ) -> Result<Swap, StoreError>;

    /// Replaces the app's own data of a live session; `false` when there is none.
    async fn set_app_data(&self, key: &SessionKey, app_data: Vec<u8>) -> Result<bool, StoreError>;

    /// Notes that a live session was used `at`; never moves backwards, unless what stands there is of a clock that was set back since (see
    /// [`CLOCK_SKEW`](bff_core::CLOCK_SKEW)). `false` when there is none.
    async fn touch(&self, key: &SessionKey, at: Timestamp) -> Result<bool, StoreError>;

    /// Ends a live session if its version is still `version`: the sealed parts are erased, the cause stays for those who come late.
    async fn end(
        &self,
        key: &SessionKey,
        version: u64,
        cause: EndCause,
    ) -> Result<Swap, StoreError>;

    /// Removes the record and answers what it was.
    async fn delete(&self, key: &SessionKey) -> Result<Option<Record>, StoreError>;

    /// Live records of `user`, newest login first: at most `limit`, after the first `skip`. The store's work is bounded by both.
    async fn of_user(
        &self,
        user: &UserId,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError>;

    /// Every live record, newest login first. For the command line, not for requests.
    async fn all(&self) -> Result<Vec<Record>, StoreError>;

    /// The live record with this public handle. For the command line, not for requests.
    async fn by_handle(&self, handle: &SessionHandle) -> Result<Option<Record>, StoreError> {
        Ok(self
            .all()
            .await?
            .into_iter()
            .find(|record| record.key.handle() == *handle))
    }

    /// Takes the session's lease, unless another holder has it. Taking one's own lease again renews it.
    async fn lease(&self, key: &SessionKey, claim: &Claim) -> Result<bool, StoreError>;

    /// Marks that the holder of the lease is about to spend the refresh token of this version. `false` for any other, while another holder's mark
    /// for the version stands, and when no live session has this version. The mark outlives the lease, and ends by itself.
    async fn mark_spending(
        &self,
        key: &SessionKey,
        version: u64,
        claim: &Claim,
    ) -> Result<bool, StoreError>;

    /// Gives the lease back, and takes the mark away, as far as they are `holder`'s.
    async fn release(&self, key: &SessionKey, holder: &LeaseHolder) -> Result<(), StoreError>;

    /// Marks a login attempt as spent for `ttl` from `now`; `false` when it was spent before.
    async fn spend_attempt(
        &self,
        tag: &str,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<bool, StoreError>;

    /// Removes what is past its absolute limit at `now`, and sessions that were last used at `unused_since` or before; answers how many records
    /// went.
    async fn sweep(&self, now: Timestamp, unused_since: Timestamp) -> Result<u64, StoreError>;

    /// Puts what is stored into its lasting form. Called when the program stops; without it nothing is lost.
    async fn settle(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Whether the store answers and can be written to.
    async fn ping(&self) -> Result<(), StoreError>;
}
