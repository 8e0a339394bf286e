//! A user's index of sessions: a sorted set of tags, with the newest login last. Called by the store only.
//!
//! The score of a tag is the latest time at which a session of that login can end ([`LONGEST_LIFE`] after it). So the order is that of the logins,
//! and an entry past its score can be removed. The index only lists candidates: the record decides whether a session is live and whose it is.

use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use redis::cmd;

use super::link::Request;
use super::store::{LIST_WIDTH, RedisStore};
use super::{fault, keys, scripts};
use crate::record::Record;
use crate::store::{SessionStore as _, StoreError};
use bff_core::{Clock as _, LONGEST_LIFE, SessionKey, SystemClock, Timestamp, UserId};

/// Largest number of entries that are checked in one step.
const STEP: usize = 64;
/// Longest duration of a login, one hour. A younger entry without a record counts as a login in progress, an older one as a session that is over.
const LOGIN_TIME: Duration = Duration::from_secs(3_600);

/// An entry of the index.
struct Name {
    key: SessionKey,
    score: f64,
}

impl Name {
    /// Reports whether a missing record means that the session is over.
    fn is_old(&self, now: Timestamp) -> bool {
        let begun = Timestamp::from_millis(self.score as i64).minus(LONGEST_LIFE);
        begun.plus(LOGIN_TIME) < now
    }
}

/// The result of looking up an entry's record.
enum Found {
    /// A live session of the user, with its record if the caller asked for it.
    Live(Option<Record>),
    /// The session is over.
    Over,
    /// There is no record, or it belongs to another user.
    Nothing,
}

/// Returns the score of a session.
fn score(record: &Record) -> i64 {
    let latest = record.created_at.plus(LONGEST_LIFE);
    latest.max(record.absolute_expires_at).as_millis()
}

impl RedisStore {
    /// Adds the session to the index of its user, if it has one.
    pub(super) async fn put_into_index(&self, record: &Record) -> Result<(), StoreError> {
        let Some(user) = &record.user else {
            return Ok(());
        };
        let (tag, score) = (keys::tag(&record.key), score(record));
        let request = scripts::INDEX.request(&[&keys::user(user)], |command| {
            command.arg(&tag).arg(score);
        });
        self.ask(request).await
    }

    /// Returns at most `limit` live records after the first `skip`. Entries of sessions that are over are removed on the way, so that each is
    /// checked only once.
    pub(super) async fn page_of_index(
        &self,
        user: &UserId,
        skip: usize,
        limit: usize,
    ) -> Result<Vec<Record>, StoreError> {
        let (mut skipped, mut from) = (0, 0);
        let mut page = Vec::new();
        let mut over = Vec::new();
        while page.len() < limit {
            // Skipped records are not loaded.
            let is_skipping = skipped < skip;
            let wanted = if is_skipping {
                skip - skipped
            } else {
                limit - page.len()
            };
            let names = self.names(user, from, wanted.min(STEP)).await?;
            if names.is_empty() {
                break;
            }
            from += names.len();
            let found: Vec<(Name, Found)> = stream::iter(names)
                .map(async |name| {
                    let found = self.look_up(&name, user, is_skipping).await?;
                    Ok::<_, StoreError>((name, found))
                })
                .buffered(LIST_WIDTH)
                .try_collect()
                .await?;
            for (name, found) in found {
                match found {
                    Found::Live(None) => skipped += 1,
                    Found::Live(Some(record)) => page.push(record),
                    Found::Nothing if !name.is_old(SystemClock.now()) => {}
                    Found::Over | Found::Nothing => over.push(keys::tag(&name.key)),
                }
            }
        }
        if !over.is_empty() {
            self.forget(keys::user(user), &over).await;
        }
        page.sort_by_key(|record| (std::cmp::Reverse(record.created_at), record.key));
        Ok(page)
    }

    /// Removes a session that is over from the index of its user.
    pub(super) async fn forget_one(&self, user: &[u8], key: &SessionKey) {
        if let Ok(user) = std::str::from_utf8(user) {
            self.forget(keys::user(&UserId::new(user)), &[keys::tag(key)])
                .await;
        }
    }

    async fn forget(&self, index: String, tags: &[String]) {
        let request = scripts::FORGET.request(&[&index], |command| {
            command.arg(tags);
        });
        // An error here is ignored, because the sessions are over anyway. The next caller that reads the entry skips and removes it.
        drop(self.links.here().send(request).await);
    }

    async fn names(
        &self,
        user: &UserId,
        from: usize,
        count: usize,
    ) -> Result<Vec<Name>, StoreError> {
        let mut command = cmd("ZRANGE");
        command
            .arg(keys::user(user))
            .arg(from)
            .arg(from + count - 1);
        command.arg("REV").arg("WITHSCORES");
        let found: Vec<(String, f64)> = self.ask(Request::repeatable(command)).await?;
        // An entry that is not a tag was not written by this program. It still counts as checked.
        let names = found.into_iter().map(|(tag, score)| Name {
            key: keys::from_tag(&tag).unwrap_or(SessionKey::from_bytes([0; 32])),
            score,
        });
        Ok(names.collect())
    }

    async fn look_up(
        &self,
        name: &Name,
        user: &UserId,
        briefly: bool,
    ) -> Result<Found, StoreError> {
        if briefly {
            let mut command = cmd("HMGET");
            command.arg(keys::session(&name.key));
            command.arg("version").arg("ended").arg("user");
            type Known = (Option<Vec<u8>>, Option<Vec<u8>>, Option<Vec<u8>>);
            let answer = match self.links.here().send(Request::repeatable(command)).await {
                Err(error) if error.code() == Some("WRONGTYPE") => return Ok(Found::Nothing),
                answer => answer.map_err(|error| fault::describe(&error))?,
            };
            let (version, ended, whose): Known = redis::from_redis_value(answer)
                .map_err(|_| StoreError::new("unexpected answer of Redis"))?;
            return Ok(match version {
                Some(_) if ended.is_some() => Found::Over,
                Some(_) if whose.as_deref() == Some(user.as_str().as_bytes()) => Found::Live(None),
                _ => Found::Nothing,
            });
        }
        Ok(match self.load(&name.key).await? {
            Some(record) if record.ended.is_some() => Found::Over,
            Some(record) if record.user.as_ref() == Some(user) => Found::Live(Some(record)),
            _ => Found::Nothing,
        })
    }
}
