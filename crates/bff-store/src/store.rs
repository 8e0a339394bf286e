//! The interface of a store: [`SessionStore`], its results and its error.

use std::time::Duration;

use async_trait::async_trait;

use tokio::sync::broadcast::Receiver;

use super::changes::Change;
use super::record::Record;
use bff_core::{EndCause, SessionHandle, SessionKey, Timestamp, UserId};

/// The store could not be reached, or the operation failed. The caller then does not know whether the session is live or over.
#[derive(Clone, Debug, thiserror::Error)]
#[error("session store: {what}")]
pub struct StoreError {
    /// What failed, for the log. It never contains a stored value, an address with a password, or a statement.
    what: String,
}

impl StoreError {
    /// Makes an error described by `what`.
    #[must_use]
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into() }
    }
}

/// The state of a whole store. Two marks differ if any process changed the store between them. Unequal marks do not prove a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChangeMark(pub u64);

/// The result of a compare-and-swap on the version that the caller knew.
#[derive(Debug)]
pub enum Swap {
    /// The change was made; the record now has this version.
    Done(u64),
    /// Another caller changed the tokens first. This is the current record.
    Conflict(Box<Record>),
    /// The session is over; nothing was written.
    NotFound,
}

/// The holder of a lease: a fresh random text per attempt to refresh.
pub type LeaseHolder = String;

/// A request for a lease, or for the mark that a refresh token is being spent: its holder, its start and its duration.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The caller that requests it.
    pub holder: LeaseHolder,
    /// The current time of the caller.
    pub now: Timestamp,
    /// Duration of the claim. Another holder's claim that ends later than this one would was made before the clock was set back, and counts as over.
    pub ttl: Duration,
}

impl Claim {
    /// Returns when the claim ends.
    #[must_use]
    pub fn until(&self) -> Timestamp {
        self.now.plus(self.ttl)
    }
}

/// What a store says of itself to an operator. `None` where it has no such setting, or does not tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoreFacts {
    /// The commands that the account may not run.
    pub refused_commands: Option<Vec<&'static str>>,
    /// What the server does when its memory is full: the name of Redis's policy.
    pub eviction: Option<String>,
    /// Whether the server writes a log of changes, from which it restores its data after a restart.
    pub is_log_written: Option<bool>,
    /// Whether a confirmed write survives a crash of the server.
    pub survives_crash: Option<bool>,
    /// Whether a confirmed write survives the loss of the server.
    pub survives_loss: Option<bool>,
}

/// A store of session records. The changing operations affect only records that still exist, so that none of them revives an ended session.
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// Returns the kind of store, for traces: a value of OpenTelemetry's `db.system.name`.
    fn system(&self) -> &'static str {
        "other_sql"
    }

    /// Stores a new record durably: after this returns, the record survives a killed process or machine. An error when its key exists already.
    async fn create(&self, record: Record) -> Result<(), StoreError>;

    /// Returns the record, ended or not; `None` when there is none.
    async fn load(&self, key: &SessionKey) -> Result<Option<Record>, StoreError>;

    /// Returns the current mark, without waiting and within a microsecond. `None` when the store cannot tell, or cannot be read.
    fn change_mark(&self) -> Option<ChangeMark> {
        None
    }

    /// Replaces the tokens of a live session if its version is still `version`, and increments the version (compare-and-swap).
    async fn swap_tokens(
        &self,
        key: &SessionKey,
        version: u64,
        tokens: Vec<u8>,
    ) -> Result<Swap, StoreError>;

    /// Replaces the app's own data of a live session; `false` when there is none.
    async fn set_app_data(&self, key: &SessionKey, app_data: Vec<u8>) -> Result<bool, StoreError>;

    /// Records that a live session was used `at`. The time never moves backwards, unless the stored time is of a clock that was set back since
    /// (see [`CLOCK_SKEW`](bff_core::CLOCK_SKEW)). `false` when there is none.
    async fn touch(&self, key: &SessionKey, at: Timestamp) -> Result<bool, StoreError>;

    /// Ends a live session if its version is still `version`. It erases the sealed parts and keeps the cause for later requests of the session.
    async fn end(
        &self,
        key: &SessionKey,
        version: u64,
        cause: EndCause,
    ) -> Result<Swap, StoreError>;

    /// Removes the record and returns it.
    async fn delete(&self, key: &SessionKey) -> Result<Option<Record>, StoreError>;

    /// Returns live records of `user`, newest login first: at most `limit`, after the first `skip`. Both bound the work of the store.
    async fn of_user(
        &self,
        user: &UserId,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError>;

    /// Returns every live record, newest login first. For the command line, not for requests.
    async fn all(&self) -> Result<Vec<Record>, StoreError>;

    /// Returns the live record with this public handle. For the command line, not for requests.
    async fn by_handle(&self, handle: &SessionHandle) -> Result<Option<Record>, StoreError> {
        Ok(self
            .all()
            .await?
            .into_iter()
            .find(|record| record.key.handle() == *handle))
    }

    /// Takes the session's lease, unless another holder has it. A holder that takes its own lease again renews it.
    async fn lease(&self, key: &SessionKey, claim: &Claim) -> Result<bool, StoreError>;

    /// Marks that the holder of the lease is about to spend the refresh token of this version. Returns `false` for any other caller, while
    /// another holder's mark for the version is in force, and when no live session has this version. The mark outlives the lease and expires.
    async fn mark_spending(
        &self,
        key: &SessionKey,
        version: u64,
        claim: &Claim,
    ) -> Result<bool, StoreError>;

    /// Releases the lease and removes the mark, each only if `holder` holds it.
    async fn release(&self, key: &SessionKey, holder: &LeaseHolder) -> Result<(), StoreError>;

    /// Marks a login attempt as spent for `ttl` from `now`; `false` when it was spent before.
    async fn spend_attempt(
        &self,
        tag: &str,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<bool, StoreError>;

    /// Removes records that are past their absolute limit at `now`, or were last used at `unused_since` or before. Returns the number of
    /// removed records.
    async fn sweep(&self, now: Timestamp, unused_since: Timestamp) -> Result<u64, StoreError>;

    /// Tells the listeners of every replica, also of this process, that something changed. Listeners of this process are told even after an error.
    /// The message may be lost: a listener asks the store for what is true, and looks by itself from time to time.
    ///
    /// # Errors
    /// When it is not certain that the other replicas were told. No caller fails because of it.
    async fn announce(&self, change: &Change) -> Result<(), StoreError>;

    /// Returns a receiver of the changes that any replica announces, and of [`Change::Missed`] when any session may have changed. One process has one
    /// source, which runs on the runtime of the first call until the last receiver is dropped. A store that listens to a server sends
    /// [`Change::Missed`] each time that it begins to listen.
    fn changes(&self) -> Receiver<Change>;

    /// Stores what a running replica says of itself, for `ttl` from `now`. A later record with the same id replaces it; a `ttl` of zero removes it.
    async fn announce_replica(
        &self,
        id: &str,
        record: &str,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<(), StoreError>;

    /// Returns the records of the replicas whose time is not over, in any order.
    async fn replicas(&self, now: Timestamp) -> Result<Vec<String>, StoreError>;

    /// Writes the stored data into its final form during graceful shutdown. Without this call nothing is lost.
    async fn flush(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// Returns what the store says of itself. For the command line, not for requests.
    async fn facts(&self) -> StoreFacts {
        StoreFacts::default()
    }

    /// Checks that the store answers and accepts writes.
    async fn ping(&self) -> Result<(), StoreError>;
}
