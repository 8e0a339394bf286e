//! Sessions in the memory of this process, for tests and demos. They are lost when the process ends.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;

use crate::record::Record;
use crate::store::{Claim, LeaseHolder, SessionStore, StoreError, Swap};
use bff_core::{EndCause, SessionKey, Timestamp, UserId};

#[derive(Default)]
struct Tables {
    records: HashMap<SessionKey, Record>,
    leases: HashMap<SessionKey, StoredClaim>,
    /// Marks of refresh tokens that are being spent, each with its version.
    spending: HashMap<SessionKey, (u64, StoredClaim)>,
    spent: HashMap<String, Timestamp>,
    /// What each replica says of itself, and when it expires.
    replicas: HashMap<String, (String, Timestamp)>,
}

/// A lease or mark: its holder and when it expires.
struct StoredClaim {
    holder: LeaseHolder,
    until: Timestamp,
}

impl StoredClaim {
    fn new(claim: &Claim) -> Self {
        Self {
            holder: claim.holder.clone(),
            until: claim.until(),
        }
    }

    fn yields_to(&self, claim: &Claim) -> bool {
        self.holder == claim.holder || self.until <= claim.now || self.until > claim.until()
    }
}

/// The store of `memory:`.
#[derive(Default)]
pub struct MemoryStore(Mutex<Tables>);

impl MemoryStore {
    fn tables(&self) -> MutexGuard<'_, Tables> {
        // A panic elsewhere leaves the tables consistent, because every change below is one assignment.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change_live<T>(&self, key: &SessionKey, change: impl FnOnce(&mut Record) -> T) -> Option<T> {
        self.tables()
            .records
            .get_mut(key)
            .filter(|record| record.ended.is_none())
            .map(change)
    }

    fn change_version(
        &self,
        key: &SessionKey,
        version: u64,
        change: impl FnOnce(&mut Record),
    ) -> Swap {
        let swap = self.change_live(key, |record| {
            if record.version == version {
                change(record);
                record.version += 1;
                Swap::Done(record.version)
            } else {
                Swap::Conflict(Box::new(record.clone()))
            }
        });
        swap.unwrap_or(Swap::NotFound)
    }

    /// Returns at most `limit` live records after the first `skip`, newest login first. Only these are copied.
    fn live(&self, keep: impl Fn(&Record) -> bool, skip: usize, limit: usize) -> Vec<Record> {
        let tables = self.tables();
        let mut live: Vec<&Record> = tables
            .records
            .values()
            .filter(|record| record.ended.is_none() && keep(record))
            .collect();
        live.sort_unstable_by_key(|record| (std::cmp::Reverse(record.created_at), record.key));
        let page = live.into_iter().skip(skip).take(limit);
        page.cloned().collect()
    }
}

#[async_trait]
impl SessionStore for MemoryStore {
    async fn create(&self, record: Record) -> Result<(), StoreError> {
        match self.tables().records.entry(record.key) {
            Entry::Occupied(_) => Err(StoreError::new("a session with this key exists already")),
            Entry::Vacant(entry) => {
                entry.insert(record);
                Ok(())
            }
        }
    }

    async fn load(&self, key: &SessionKey) -> Result<Option<Record>, StoreError> {
        Ok(self.tables().records.get(key).cloned())
    }

    async fn swap_tokens(
        &self,
        key: &SessionKey,
        version: u64,
        tokens: Vec<u8>,
    ) -> Result<Swap, StoreError> {
        Ok(self.change_version(key, version, |record| record.tokens = tokens))
    }

    async fn set_app_data(&self, key: &SessionKey, app_data: Vec<u8>) -> Result<bool, StoreError> {
        Ok(self
            .change_live(key, |record| record.app_data = app_data)
            .is_some())
    }

    async fn touch(&self, key: &SessionKey, at: Timestamp) -> Result<bool, StoreError> {
        Ok(self
            .change_live(key, |record| {
                if record.last_seen_at.is_of_a_later_clock(at) {
                    record.last_seen_at = at;
                }
                record.last_seen_at = record.last_seen_at.max(at);
            })
            .is_some())
    }

    async fn end(
        &self,
        key: &SessionKey,
        version: u64,
        cause: EndCause,
    ) -> Result<Swap, StoreError> {
        Ok(self.change_version(key, version, |record| record.end(cause)))
    }

    async fn delete(&self, key: &SessionKey) -> Result<Option<Record>, StoreError> {
        let mut tables = self.tables();
        tables.leases.remove(key);
        tables.spending.remove(key);
        Ok(tables.records.remove(key))
    }

    async fn of_user(
        &self,
        user: &UserId,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        Ok(self.live(|record| record.user.as_ref() == Some(user), skip, limit))
    }

    async fn all(&self) -> Result<Vec<Record>, StoreError> {
        Ok(self.live(|_| true, 0, usize::MAX))
    }

    async fn lease(&self, key: &SessionKey, claim: &Claim) -> Result<bool, StoreError> {
        let mut tables = self.tables();
        let is_free = tables
            .leases
            .get(key)
            .is_none_or(|held| held.yields_to(claim));
        if is_free {
            tables.leases.insert(*key, StoredClaim::new(claim));
        }
        Ok(is_free)
    }

    async fn mark_spending(
        &self,
        key: &SessionKey,
        version: u64,
        claim: &Claim,
    ) -> Result<bool, StoreError> {
        let mut tables = self.tables();
        let stands = tables
            .records
            .get(key)
            .is_some_and(|record| record.ended.is_none() && record.version == version);
        let is_free = tables
            .spending
            .get(key)
            .is_none_or(|(marked, held)| *marked != version || held.yields_to(claim));
        let is_holder = tables
            .leases
            .get(key)
            .is_some_and(|held| held.holder == claim.holder && held.until > claim.now);
        let is_marked = stands && is_holder && is_free;
        if is_marked {
            tables
                .spending
                .insert(*key, (version, StoredClaim::new(claim)));
        }
        Ok(is_marked)
    }

    async fn release(&self, key: &SessionKey, holder: &LeaseHolder) -> Result<(), StoreError> {
        let mut tables = self.tables();
        let is_ours = |held: &StoredClaim| held.holder == *holder;
        if tables.leases.get(key).is_some_and(is_ours) {
            tables.leases.remove(key);
        }
        if tables
            .spending
            .get(key)
            .is_some_and(|(_, held)| is_ours(held))
        {
            tables.spending.remove(key);
        }
        Ok(())
    }

    async fn spend_attempt(
        &self,
        tag: &str,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<bool, StoreError> {
        match self.tables().spent.entry(tag.to_owned()) {
            Entry::Occupied(_) => Ok(false),
            Entry::Vacant(entry) => {
                entry.insert(now.plus(ttl));
                Ok(true)
            }
        }
    }

    async fn sweep(&self, now: Timestamp, unused_since: Timestamp) -> Result<u64, StoreError> {
        let mut tables = self.tables();
        let before = tables.records.len();
        tables.records.retain(|_, record| {
            record.absolute_expires_at > now && record.last_seen_at > unused_since
        });
        tables.leases.retain(|_, held| held.until > now);
        tables.spending.retain(|_, (_, held)| held.until > now);
        tables.spent.retain(|_, until| *until > now);
        Ok((before - tables.records.len()) as u64)
    }

    async fn announce_replica(
        &self,
        id: &str,
        record: &str,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<(), StoreError> {
        let replicas = &mut self.tables().replicas;
        replicas.insert(id.to_owned(), (record.to_owned(), now.plus(ttl)));
        replicas.retain(|_, (_, until)| *until > now);
        Ok(())
    }

    async fn replicas(&self, now: Timestamp) -> Result<Vec<String>, StoreError> {
        let tables = self.tables();
        let live = tables.replicas.values().filter(|(_, until)| *until > now);
        Ok(live.map(|(record, _)| record.clone()).collect())
    }

    async fn ping(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
