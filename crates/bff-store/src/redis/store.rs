//! [`RedisStore`]: the store on one server, behind sentinels, or in a cluster.

use std::collections::BTreeSet;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use redis::{Cmd, FromRedisValue, Value, cmd};

use super::dial::Target;
use super::fields::Fields;
use super::link::Request;
use super::links::Links;
use super::{facts, fault, fields, keys, scripts};
use crate::record::Record;
use crate::redis_servers::RedisServers;
use crate::store::{Claim, LeaseHolder, SessionStore, StoreError, StoreFacts, Swap};
use bff_core::audit;
use bff_core::{CLOCK_SKEW, EndCause, SessionHandle, SessionKey, Timestamp, UserId};

/// Number of records that are requested at once for a list.
pub(super) const LIST_WIDTH: usize = 32;

/// The store of `redis://`, `redis+sentinel://` and `redis+cluster://`. It connects on first use.
pub struct RedisStore {
    pub(super) links: Links,
}

impl RedisStore {
    /// Makes a store on one server.
    #[must_use]
    pub fn on_server(server: RedisServers) -> Self {
        Self::from_target(Target::Server(server))
    }

    /// Makes a store on the server that the sentinels name as this master. After a fail-over it uses the successor.
    #[must_use]
    pub fn behind_sentinels(sentinels: RedisServers, master: String) -> Self {
        Self::from_target(Target::behind_sentinels(sentinels, master))
    }

    /// Makes a store in the cluster that these nodes belong to.
    #[must_use]
    pub fn in_cluster(nodes: RedisServers) -> Self {
        Self::from_target(Target::Cluster(nodes))
    }

    fn from_target(target: Target) -> Self {
        Self {
            links: Links::to(target),
        }
    }

    pub(super) async fn ask<T: FromRedisValue>(&self, request: Request) -> Result<T, StoreError> {
        let answer = self.links.here().send(request).await;
        let answer = answer.map_err(|error| fault::describe(&error))?;
        redis::from_redis_value(answer).map_err(|_| StoreError::new("unexpected answer of Redis"))
    }

    /// Runs a script on the session's record. The script answers whether it made the change.
    async fn change(
        &self,
        script: &scripts::Lua,
        key: &SessionKey,
        arguments: impl Fn(&mut Cmd),
    ) -> Result<bool, StoreError> {
        self.ask(script.request(&[&keys::session(key)], arguments))
            .await
    }

    /// Runs a script that depends on the version. The script answers a number, or the current record.
    async fn swap(
        &self,
        script: &scripts::Lua,
        key: &SessionKey,
        version: u64,
        what: &[u8],
    ) -> Result<Swap, StoreError> {
        let next = version + 1;
        let request = script.request(&[&keys::session(key)], |command| {
            command.arg(version).arg(next).arg(what);
        });
        Ok(match self.ask(request).await? {
            Value::Int(0) => Swap::NotFound,
            Value::Int(_) => Swap::Done(next),
            Value::BulkString(user) => {
                self.forget_one(&user, key).await;
                Swap::Done(next)
            }
            standing => match record(*key, standing) {
                Some(standing) => Swap::Conflict(Box::new(standing)),
                None => Swap::NotFound,
            },
        })
    }

    async fn live(&self, keys: BTreeSet<SessionKey>) -> Result<Vec<Record>, StoreError> {
        let records = stream::iter(keys)
            .map(async |key| self.load(&key).await)
            .buffer_unordered(LIST_WIDTH);
        let mut live: Vec<Record> = records
            .try_filter_map(async |record| Ok(record.filter(|record| record.ended.is_none())))
            .try_collect()
            .await?;
        live.sort_by_key(|record| (std::cmp::Reverse(record.created_at), record.key));
        Ok(live)
    }

    async fn keys(&self) -> Result<BTreeSet<SessionKey>, StoreError> {
        let names = self.links.here().scan(keys::EVERY_SESSION).await;
        let names = names.map_err(|error| fault::describe(&error))?;
        Ok(names
            .iter()
            .filter_map(|name| keys::from_session(name))
            .collect())
    }
}

/// Reads the record from an answer of fields. An unreadable record counts as no session: its user signs in again, and the record expires.
fn record(key: SessionKey, answer: Value) -> Option<Record> {
    record_of(key, redis::from_redis_value(answer).ok())
}

fn record_of(key: SessionKey, found: Option<Fields>) -> Option<Record> {
    if found.as_ref().is_some_and(Fields::is_empty) {
        return None;
    }
    let record = found.and_then(|found| fields::read(key, found));
    if record.is_none() {
        audit::session_record_unreadable("record", &key.handle(), &"missing field");
    }
    record
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[async_trait]
impl SessionStore for RedisStore {
    async fn create(&self, record: Record) -> Result<(), StoreError> {
        let end = record.absolute_expires_at.as_millis();
        self.put_into_index(&record).await?;
        let fields = fields::write(&record);
        let is_new = self.change(&scripts::CREATE, &record.key, |command| {
            command.arg(end).arg(&fields);
        });
        if !is_new.await? {
            return Err(StoreError::new("a session with this key exists already"));
        }
        Ok(())
    }

    async fn load(&self, key: &SessionKey) -> Result<Option<Record>, StoreError> {
        let mut command = cmd("HMGET");
        command.arg(keys::session(key)).arg(&fields::NAMES);
        match self.links.here().send(Request::repeatable(command)).await {
            Ok(answer) => Ok(record_of(*key, fields::named(answer))),
            // Another program wrote a value of another type under this key.
            Err(error) if error.code() == Some("WRONGTYPE") => Ok(record_of(*key, None)),
            Err(error) => Err(fault::describe(&error)),
        }
    }

    async fn swap_tokens(
        &self,
        key: &SessionKey,
        version: u64,
        tokens: Vec<u8>,
    ) -> Result<Swap, StoreError> {
        self.swap(&scripts::SWAP_TOKENS, key, version, &tokens)
            .await
    }

    async fn set_app_data(&self, key: &SessionKey, app_data: Vec<u8>) -> Result<bool, StoreError> {
        self.change(&scripts::SET_APP_DATA, key, |command| {
            command.arg(&app_data);
        })
        .await
    }

    async fn touch(&self, key: &SessionKey, at: Timestamp) -> Result<bool, StoreError> {
        self.change(&scripts::TOUCH, key, |command| {
            command.arg(at.as_millis());
            command.arg(at.plus(CLOCK_SKEW).as_millis());
        })
        .await
    }

    async fn end(
        &self,
        key: &SessionKey,
        version: u64,
        cause: EndCause,
    ) -> Result<Swap, StoreError> {
        self.swap(&scripts::END, key, version, cause.code().as_bytes())
            .await
    }

    async fn delete(&self, key: &SessionKey) -> Result<Option<Record>, StoreError> {
        let all = [keys::session(key), keys::lease(key), keys::spending(key)];
        let request = scripts::DELETE.request(&all.each_ref().map(String::as_str), |_| {});
        let deleted = record(*key, self.ask(request).await?);
        if let Some(user) = deleted.as_ref().and_then(|record| record.user.as_ref()) {
            self.forget_one(user.as_str().as_bytes(), key).await;
        }
        Ok(deleted)
    }

    async fn of_user(
        &self,
        user: &UserId,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        self.page_of_index(user, skip, limit).await
    }

    async fn all(&self) -> Result<Vec<Record>, StoreError> {
        self.live(self.keys().await?).await
    }

    async fn by_handle(&self, handle: &SessionHandle) -> Result<Option<Record>, StoreError> {
        let keys = self.keys().await?.into_iter();
        let named = keys.filter(|key| key.handle() == *handle).collect();
        Ok(self.live(named).await?.pop())
    }

    async fn lease(&self, key: &SessionKey, claim: &Claim) -> Result<bool, StoreError> {
        let request = scripts::LEASE.request(&[&keys::lease(key)], |command| {
            command.arg(&claim.holder).arg(millis(claim.ttl));
        });
        self.ask(request).await
    }

    async fn mark_spending(
        &self,
        key: &SessionKey,
        version: u64,
        claim: &Claim,
    ) -> Result<bool, StoreError> {
        let all = [keys::session(key), keys::spending(key), keys::lease(key)];
        let all = all.each_ref().map(String::as_str);
        let request = scripts::MARK_SPENDING.request(&all, |command| {
            command.arg(version).arg(&claim.holder);
            command.arg(millis(claim.ttl));
        });
        self.ask(request).await
    }

    async fn release(&self, key: &SessionKey, holder: &LeaseHolder) -> Result<(), StoreError> {
        let both = [keys::lease(key), keys::spending(key)];
        let request = scripts::RELEASE.request(&both.each_ref().map(String::as_str), |command| {
            command.arg(holder);
        });
        self.ask::<u8>(request).await.map(drop)
    }

    async fn spend_attempt(
        &self,
        tag: &str,
        _now: Timestamp,
        ttl: Duration,
    ) -> Result<bool, StoreError> {
        let mut command = cmd("SET");
        command.arg(keys::attempt(tag)).arg(1).arg("NX");
        // The server counts the duration, because an end computed with this machine's clock could lie in the server's past.
        command.arg("PX").arg(millis(ttl));
        let answer: Value = self.ask(Request::once(command)).await?;
        Ok(answer != Value::Nil)
    }

    /// Removes nothing, because every key expires by itself.
    async fn sweep(&self, _now: Timestamp, _unused_since: Timestamp) -> Result<u64, StoreError> {
        Ok(0)
    }

    async fn announce_replica(
        &self,
        id: &str,
        record: &str,
        _now: Timestamp,
        ttl: Duration,
    ) -> Result<(), StoreError> {
        let request = scripts::ANNOUNCE.request(&[keys::REPLICAS], |command| {
            command.arg(id).arg(record).arg(millis(ttl));
        });
        self.ask::<u8>(request).await.map(drop)
    }

    async fn replicas(&self, _now: Timestamp) -> Result<Vec<String>, StoreError> {
        let request = scripts::REPLICAS.request(&[keys::REPLICAS], |_| {});
        let members: Vec<String> = self.ask(request).await?;
        let record = |member: &String| Some(member.split_once(' ')?.1.to_owned());
        Ok(members.iter().filter_map(record).collect())
    }

    async fn facts(&self) -> StoreFacts {
        facts::read(&self.links).await
    }

    async fn ping(&self) -> Result<(), StoreError> {
        let mut command = cmd("SET");
        command.arg(keys::PING).arg(1).arg("PX").arg(1_000);
        self.ask(Request::repeatable(command)).await
    }
}
