//! Operations on several sessions: listing them, and ending many at once.

use futures_util::future::join_all;

use super::store::SealedStore;
use crate::changes::Change;
use crate::record::Record;
use crate::store::{StoreError, Swap};
use bff_core::{EndCause, Session, SessionHandle, SessionKey, Timestamp, UserId};

/// The result of ending several sessions of a user.
#[derive(Debug)]
pub struct EndedSome {
    /// The ended sessions that could be unsealed.
    pub sessions: Vec<Session>,
    /// The number of sessions found; zero when all are over. An error when for one of them it is not certain whether it ended.
    pub found: Result<usize, StoreError>,
}

impl SealedStore {
    /// Returns live sessions of `user`, newest login first. It takes at most `limit` records after the first `skip` and omits those that do not open.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be reached.
    pub async fn of_user(
        &self,
        user: &UserId,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<Session>, StoreError> {
        Ok(self.open_all(self.records_of_user(user, skip, limit).await?))
    }

    /// Returns when the newest live session of `user` was made; `None` when there is none.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be reached.
    pub async fn newest_of_user(&self, user: &UserId) -> Result<Option<Timestamp>, StoreError> {
        let newest = self.records_of_user(user, 0, 1).await?;
        Ok(newest.first().map(|record| record.created_at))
    }

    /// Ends at most `limit` live sessions of `user` at once, except the `keep` newest and `spared`. Sessions that do not open are ended too.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be reached. No session has ended then.
    pub async fn end_of_user(
        &self,
        user: &UserId,
        keep: usize,
        spared: Option<&SessionKey>,
        limit: usize,
        cause: EndCause,
    ) -> Result<EndedSome, StoreError> {
        let mut records = self.records_of_user(user, keep, limit).await?;
        records.retain(|record| Some(&record.key) != spared);
        let mut found = Ok(records.len());
        let mut sessions = Vec::new();
        for ended in join_all(
            records
                .into_iter()
                .map(|record| self.end_record(record, cause)),
        )
        .await
        {
            match ended {
                Ok(record) => sessions.extend(record.and_then(|record| self.sealer.open(record))),
                Err(error) => found = Err(error),
            }
        }
        Ok(EndedSome { sessions, found })
    }

    /// Ends a session, also when its tokens change meanwhile; `None` when it was over before.
    async fn end_record(
        &self,
        record: Record,
        cause: EndCause,
    ) -> Result<Option<Record>, StoreError> {
        let mut standing = record;
        loop {
            let end = self.store.end(&standing.key, standing.version, cause);
            match self.measured("end", end).await? {
                Swap::Done(_) => {
                    self.cache.remove(&standing.key);
                    self.announce(&Change::Session(standing.key)).await;
                    return Ok(Some(standing));
                }
                Swap::Conflict(newer) => standing = *newer,
                Swap::NotFound => return Ok(None),
            }
        }
    }

    /// Returns every live session that opens, newest login first.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be reached.
    pub async fn all(&self) -> Result<Vec<Session>, StoreError> {
        Ok(self.open_all(self.measured("all", self.store.all()).await?))
    }

    /// Returns the live session with this public handle.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be reached.
    pub async fn by_handle(&self, handle: &SessionHandle) -> Result<Option<Session>, StoreError> {
        let found = self.measured("by_handle", self.store.by_handle(handle));
        Ok(found.await?.and_then(|record| self.sealer.open(record)))
    }

    async fn records_of_user(
        &self,
        user: &UserId,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        let records = self.store.of_user(user, skip, limit);
        self.measured("of_user", records).await
    }

    fn open_all(&self, records: Vec<Record>) -> Vec<Session> {
        records
            .into_iter()
            .filter_map(|record| self.sealer.open(record))
            .collect()
    }
}
