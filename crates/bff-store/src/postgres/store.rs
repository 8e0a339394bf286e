//! [`PostgresStore`]: the store on a server, or on the primary of several servers.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::runtime::Handle;
use tokio::sync::broadcast::Receiver;
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;

use super::dial::Dial;
use super::durability::{self, Durability};
use super::fault::{self, Fault};
use super::link::{Link, Request};
use super::listen::Listener;
use super::loads::Loads;
use super::pool::Pool;
use super::statements::{self, Value};
use super::{rows, sweep};
use crate::changes::{Change, Changes};
use crate::postgres_servers::PostgresServers;
use crate::record::Record;
use crate::store::{Claim, LeaseHolder, SessionStore, StoreError, StoreFacts, Swap};
use bff_core::{CLOCK_SKEW, EndCause, SessionHandle, SessionKey, Timestamp, UserId};

/// Number of attempts at a change whose version was reached just after it was compared. Each failed attempt means that another caller succeeded.
const SWAPS: u32 = 8;

/// The store of `postgres://`. It connects on first use.
pub struct PostgresStore {
    pub(super) link: Link,
    loads: Loads,
    listener: Listener,
    changes: Changes,
}

impl PostgresStore {
    /// Makes a store on these servers. Its connections live on `runtime`, which must outlive the callers.
    #[must_use]
    pub fn new(servers: PostgresServers, runtime: Handle) -> Self {
        let connections = servers.connections;
        let dial = Arc::new(Dial::to(servers));
        let pool = Pool::new(Arc::clone(&dial), connections, runtime);
        let link = Link::over(pool);
        Self {
            loads: Loads::over(link.clone(), connections),
            listener: Listener::new(dial, link.clone()),
            link,
            changes: Changes::default(),
        }
    }

    /// Connects, makes the tables or brings them up to date, and returns why this program must not use them: a newer release has written them.
    /// Returns `None` when there is no such reason, and when no server can be reached yet.
    pub async fn refusal(&self) -> Option<String> {
        match self.link.reach().await {
            Err(Fault::Newer { found, known }) => Some(fault::newer(found, known)),
            _ => None,
        }
    }

    /// Returns what the server's settings promise of a confirmed write.
    ///
    /// # Errors
    /// [`StoreError`] when the server cannot be asked.
    pub async fn durability(&self) -> Result<Durability, StoreError> {
        let found = self.rows(durability::SETTINGS, []).await?;
        let found = found.first().and_then(Durability::from_row);
        found.ok_or_else(|| StoreError::new("unexpected answer of PostgreSQL"))
    }

    async fn rows<const N: usize>(
        &self,
        statement: &'static str,
        values: [Value; N],
    ) -> Result<Vec<Row>, StoreError> {
        self.link.rows(Request::repeatable(statement, values)).await
    }

    async fn records(&self, request: Request) -> Result<Vec<Record>, StoreError> {
        let found = self.link.rows(request).await?;
        Ok(found.iter().filter_map(rows::read).collect())
    }

    /// Runs a change that must not be made twice, of one row, and returns whether it was made.
    async fn change<const N: usize>(
        &self,
        statement: &'static str,
        values: [Value; N],
    ) -> Result<bool, StoreError> {
        let changed = self.link.change(Request::once(statement, values)).await?;
        Ok(changed > 0)
    }

    /// Runs a change that depends on the version. If it was not made, another statement reads why: a statement that waited for the row would
    /// answer with the row from before the wait.
    async fn swap(
        &self,
        statement: &'static str,
        key: &SessionKey,
        version: u64,
        what: impl Fn() -> Value,
    ) -> Result<Swap, StoreError> {
        let known = number(version)?;
        for _ in 0..SWAPS {
            let values = [key.as_bytes()[..].into(), known.into(), what()];
            if self.change(statement, values).await? {
                return Ok(Swap::Done(version + 1));
            }
            match self.load(key).await? {
                Some(standing) if standing.ended.is_none() => {
                    if standing.version != version {
                        return Ok(Swap::Conflict(Box::new(standing)));
                    }
                }
                _ => return Ok(Swap::NotFound),
            }
        }
        Err(StoreError::new("the session changes too often"))
    }
}

fn number(version: u64) -> Result<i64, StoreError> {
    i64::try_from(version).map_err(|_| StoreError::new("a version is out of range"))
}

fn millis(duration: Duration) -> Value {
    Value::Number(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 4))
}

fn rows_number(number: usize) -> Value {
    Value::Number(i64::try_from(number).unwrap_or(i64::MAX))
}

#[async_trait]
impl SessionStore for PostgresStore {
    async fn create(&self, record: Record) -> Result<(), StoreError> {
        let values = [
            record.key.as_bytes()[..].into(),
            Value::Bytes(record.user.as_ref().map(|user| user.as_str().into())),
            record.created_at.into(),
            record.last_seen_at.into(),
            record.absolute_expires_at.into(),
            number(record.version)?.into(),
            Value::Text(record.ended.map(|cause| cause.code().to_owned())),
            record.profile[..].into(),
            record.tokens[..].into(),
            record.app_data[..].into(),
        ];
        let made = self
            .link
            .try_change(Request::once(statements::CREATE, values));
        match made.await {
            Ok(_) => Ok(()),
            Err(fault) if fault.is(&SqlState::UNIQUE_VIOLATION) => {
                Err(StoreError::new("a session with this key exists already"))
            }
            Err(fault) => Err(fault.describe()),
        }
    }

    async fn load(&self, key: &SessionKey) -> Result<Option<Record>, StoreError> {
        self.loads.load(key).await
    }

    async fn swap_tokens(
        &self,
        key: &SessionKey,
        version: u64,
        tokens: Vec<u8>,
    ) -> Result<Swap, StoreError> {
        self.swap(statements::SWAP_TOKENS, key, version, || tokens[..].into())
            .await
    }

    async fn set_app_data(&self, key: &SessionKey, app_data: Vec<u8>) -> Result<bool, StoreError> {
        let values = [key.as_bytes()[..].into(), app_data[..].into()];
        self.change(statements::SET_APP_DATA, values).await
    }

    async fn touch(&self, key: &SessionKey, at: Timestamp) -> Result<bool, StoreError> {
        let key = key.as_bytes()[..].into();
        let values = [key, at.into(), at.plus(CLOCK_SKEW).into()];
        self.change(statements::TOUCH, values).await
    }

    async fn end(
        &self,
        key: &SessionKey,
        version: u64,
        cause: EndCause,
    ) -> Result<Swap, StoreError> {
        let cause = || Value::Text(Some(cause.code().to_owned()));
        self.swap(statements::END, key, version, cause).await
    }

    async fn delete(&self, key: &SessionKey) -> Result<Option<Record>, StoreError> {
        let values = [key.as_bytes()[..].into()];
        let deleted = self.records(Request::once(statements::DELETE, values));
        Ok(deleted.await?.pop())
    }

    async fn of_user(
        &self,
        user: &UserId,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        let values = [user.as_str().into(), rows_number(limit), rows_number(skip)];
        self.records(Request::repeatable(statements::OF_USER, values))
            .await
    }

    async fn all(&self) -> Result<Vec<Record>, StoreError> {
        self.records(Request::list(statements::ALL, [])).await
    }

    async fn by_handle(&self, handle: &SessionHandle) -> Result<Option<Record>, StoreError> {
        let handle = Value::Text(Some(handle.to_string()));
        let found = self.records(Request::list(statements::BY_HANDLE, [handle]));
        Ok(found.await?.pop())
    }

    async fn lease(&self, key: &SessionKey, claim: &Claim) -> Result<bool, StoreError> {
        let holder = claim.holder.as_str().into();
        let values = [key.as_bytes()[..].into(), holder, millis(claim.ttl)];
        self.change(statements::LEASE, values).await
    }

    async fn mark_spending(
        &self,
        key: &SessionKey,
        version: u64,
        claim: &Claim,
    ) -> Result<bool, StoreError> {
        let holder = claim.holder.as_str().into();
        let version = number(version)?.into();
        let values = [
            key.as_bytes()[..].into(),
            holder,
            version,
            millis(claim.ttl),
        ];
        self.change(statements::MARK_SPENDING, values).await
    }

    async fn release(&self, key: &SessionKey, holder: &LeaseHolder) -> Result<(), StoreError> {
        let values = [key.as_bytes()[..].into(), holder.as_str().into()];
        self.change(statements::RELEASE, values).await.map(drop)
    }

    async fn spend_attempt(
        &self,
        tag: &str,
        _now: Timestamp,
        ttl: Duration,
    ) -> Result<bool, StoreError> {
        // The server counts the duration, because an end computed with this machine's clock could lie in the server's past.
        let values = [tag.into(), millis(ttl)];
        self.change(statements::SPEND_ATTEMPT, values).await
    }

    async fn sweep(&self, now: Timestamp, unused_since: Timestamp) -> Result<u64, StoreError> {
        sweep::remove_expired(&self.link, now, unused_since).await
    }

    async fn announce(&self, change: &Change) -> Result<(), StoreError> {
        let Some(message) = change.to_message() else {
            self.changes.tell(change.clone());
            return Ok(());
        };
        let message = [Value::Text(Some(message))];
        let sent = self.rows(statements::NOTIFY, message).await;
        // A notification comes back to this process too, but only over a connection that hears them.
        if sent.is_err() || !self.listener.is_hearing() {
            self.changes.tell(change.clone());
        }
        sent.map(drop)
    }

    fn changes(&self) -> Receiver<Change> {
        let listen = self.listener.clone().listen(self.changes.clone());
        self.changes.receive_from(listen)
    }

    async fn announce_replica(
        &self,
        id: &str,
        record: &str,
        _now: Timestamp,
        ttl: Duration,
    ) -> Result<(), StoreError> {
        let values = [id.into(), record.into(), millis(ttl)];
        let announcement = Request::repeatable(statements::ANNOUNCE_REPLICA, values);
        self.link.change(announcement).await.map(drop)
    }

    async fn replicas(&self, _now: Timestamp) -> Result<Vec<String>, StoreError> {
        let found = self.rows(statements::REPLICAS, []).await?;
        let record = |row: &Row| String::from_utf8(row.try_get(0).ok()?).ok();
        Ok(found.iter().filter_map(record).collect())
    }

    async fn facts(&self) -> StoreFacts {
        let durability = self.durability().await.ok();
        StoreFacts {
            survives_crash: durability.map(|durability| durability.survives_crash),
            survives_loss: durability.map(|durability| durability.survives_loss),
            ..StoreFacts::default()
        }
    }

    async fn ping(&self) -> Result<(), StoreError> {
        let ping = Request::repeatable(statements::PING, []);
        self.link.change(ping).await.map(drop)
    }
}
