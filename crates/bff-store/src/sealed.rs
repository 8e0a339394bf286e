//! Encryption around any store: callers pass and receive sessions, the store holds sealed records.
//!
//! Every sealed part is bound to its record (and the tokens to their version too), so that an attacker with write access to the store cannot
//! move one user's tokens into another user's session. A record that does not open counts as no session: it is logged once and is no error.

mod lists;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use zeroize::Zeroizing;

pub use self::lists::EndedSome;

use super::{Claim, LeaseHolder, Record, SessionStore, StoreError, Swap};
use bff_core::audit;
use bff_core::{
    EndCause, Entropy, KeyRing, Purpose, Session, SessionHash, SessionKey, Timestamp, TokenSet,
    User,
};

/// The result of a lookup by session key.
#[derive(Debug)]
pub enum Loaded {
    /// A session, perhaps past a limit: the caller must check.
    Live(Box<Session>),
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

#[derive(Serialize, Deserialize)]
struct Profile {
    user: User,
    device: String,
}

/// Time after a store failure, 10 seconds, during which another caller may still store tokens that the store refused at first.
const AFTERMATH: Duration = Duration::from_secs(10);

/// A store of sessions, sealed with a key ring.
#[derive(Clone)]
pub struct SealedStore {
    store: Arc<dyn SessionStore>,
    failed_at: Arc<Mutex<Option<Instant>>>,
    keys: KeyRing,
    entropy: Arc<dyn Entropy>,
}

impl SealedStore {
    /// Makes a store that seals with `keys` around `store`.
    #[must_use]
    pub fn new(store: Arc<dyn SessionStore>, keys: KeyRing, entropy: Arc<dyn Entropy>) -> Self {
        Self {
            store,
            failed_at: Arc::default(),
            keys,
            entropy,
        }
    }

    /// Stores a new session durably and returns its pseudonym for the audit log.
    ///
    /// # Errors
    /// [`StoreError`] when it is not certain that the session is stored.
    pub async fn create(&self, session: &Session) -> Result<SessionHash, StoreError> {
        let profile = Profile {
            user: session.user.clone(),
            device: session.device.clone(),
        };
        let profile = self.seal(Purpose::Profile, session.key.as_bytes(), &profile)?;
        let hash = self.hash(&profile, &session.key);
        self.store
            .create(Record {
                key: session.key,
                user: session.user.id.clone(),
                created_at: session.created_at,
                last_seen_at: session.last_seen_at,
                absolute_expires_at: session.absolute_expires_at,
                version: session.version,
                ended: None,
                profile,
                tokens: self.seal(
                    Purpose::Tokens,
                    &token_associated_data(&session.key, session.version),
                    &session.tokens,
                )?,
                app_data: self.seal_app_data(&session.key, &session.app_data)?,
            })
            .await?;
        Ok(hash)
    }

    /// Looks up the session with this key.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be reached.
    pub async fn load(&self, key: &SessionKey) -> Result<Loaded, StoreError> {
        let record = self.store.load(key).await;
        if record.is_err() {
            *self.failed_at() = Some(Instant::now());
        }
        Ok(match record? {
            None => Loaded::Unknown,
            Some(Record {
                ended: Some(cause), ..
            }) => Loaded::Ended(cause),
            Some(record) => self
                .open(record)
                .map_or(Loaded::Unknown, |session| Loaded::Live(Box::new(session))),
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
        let sealed = self.seal(
            Purpose::Tokens,
            &token_associated_data(key, version + 1),
            tokens,
        )?;
        Ok(self.opened(self.store.swap_tokens(key, version, sealed).await?))
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
        Ok(self.opened(self.store.end(key, version, cause).await?))
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
        self.store
            .set_app_data(key, self.seal_app_data(key, data)?)
            .await
    }

    /// Records that a live session was used; `false` when it is over.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be reached.
    pub async fn touch(&self, key: &SessionKey, at: Timestamp) -> Result<bool, StoreError> {
        self.store.touch(key, at).await
    }

    /// Removes the session and returns it, if it was live and opened.
    ///
    /// # Errors
    /// [`StoreError`] when it is not certain that the session is removed.
    pub async fn delete(&self, key: &SessionKey) -> Result<Option<Session>, StoreError> {
        let record = self.store.delete(key).await?;
        Ok(record
            .filter(|record| record.ended.is_none())
            .and_then(|record| self.open(record)))
    }

    /// Takes or renews the session's lease; `false` when another holder has it.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be reached.
    pub async fn lease(&self, key: &SessionKey, claim: &Claim) -> Result<bool, StoreError> {
        self.store.lease(key, claim).await
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
        self.store.mark_spending(key, version, claim).await
    }

    /// Releases the lease and removes the mark.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be reached. Lease and mark then expire by themselves.
    pub async fn release(&self, key: &SessionKey, holder: &LeaseHolder) -> Result<(), StoreError> {
        self.store.release(key, holder).await
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
        self.store.spend_attempt(tag, now, ttl).await
    }

    /// Removes sessions that are past their absolute limit or were not used since. Returns the number of removed sessions.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be reached.
    pub async fn sweep(&self, now: Timestamp, unused_since: Timestamp) -> Result<u64, StoreError> {
        self.store.sweep(now, unused_since).await
    }

    /// Writes the stored data into its final form during graceful shutdown.
    ///
    /// # Errors
    /// [`StoreError`] when that failed. Nothing is lost then.
    pub async fn flush(&self) -> Result<(), StoreError> {
        self.store.flush().await
    }

    /// Checks that the store answers.
    ///
    /// # Errors
    /// [`StoreError`] when it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.store.ping().await
    }

    fn opened(&self, swap: Swap) -> TokenSwap {
        match swap {
            Swap::Done(version) => TokenSwap::Done(version),
            Swap::NotFound => TokenSwap::NotFound,
            Swap::Conflict(record) => self.open(*record).map_or(TokenSwap::NotFound, |session| {
                TokenSwap::Conflict(Box::new(session))
            }),
        }
    }

    fn open(&self, record: Record) -> Option<Session> {
        let associated_data = record.key.as_bytes();
        let profile: Profile =
            self.unseal(&record, Purpose::Profile, associated_data, &record.profile)?;
        let tokens = self.unseal(
            &record,
            Purpose::Tokens,
            &token_associated_data(&record.key, record.version),
            &record.tokens,
        )?;
        let app_data = if record.app_data.is_empty() {
            BTreeMap::new()
        } else {
            self.unseal(&record, Purpose::AppData, associated_data, &record.app_data)?
        };
        Some(Session {
            hash: self.hash(&record.profile, &record.key),
            key: record.key,
            user: profile.user,
            device: profile.device,
            created_at: record.created_at,
            last_seen_at: record.last_seen_at,
            absolute_expires_at: record.absolute_expires_at,
            tokens,
            version: record.version,
            app_data,
        })
    }

    /// Derives the pseudonym with the key that sealed the profile. The profile is sealed once, at login, so that key rotations do not change it.
    fn hash(&self, profile: &[u8], key: &SessionKey) -> SessionHash {
        self.keys
            .pseudonym(profile, key.as_bytes())
            .map(|bytes| SessionHash::from_bytes(&bytes))
            .unwrap_or_default()
    }

    fn unseal<T: DeserializeOwned>(
        &self,
        record: &Record,
        purpose: Purpose,
        associated_data: &[u8],
        sealed: &[u8],
    ) -> Option<T> {
        let why = match self.keys.open(purpose, associated_data, sealed) {
            Ok(plain) => match serde_json::from_slice(&plain) {
                Ok(value) => return Some(value),
                Err(_) => "unexpected format".to_owned(),
            },
            Err(error) => error.to_string(),
        };
        audit::session_record_unreadable(purpose.name(), &record.key.handle(), &why);
        None
    }

    fn seal(
        &self,
        purpose: Purpose,
        associated_data: &[u8],
        value: &impl Serialize,
    ) -> Result<Vec<u8>, StoreError> {
        let plain = serde_json::to_vec(value)
            .map(Zeroizing::new)
            .map_err(|_| StoreError::new("a session cannot be serialised"))?;
        Ok(self
            .keys
            .seal(purpose, associated_data, &plain, self.entropy.as_ref()))
    }

    fn seal_app_data(
        &self,
        key: &SessionKey,
        data: &BTreeMap<String, String>,
    ) -> Result<Vec<u8>, StoreError> {
        if data.is_empty() {
            return Ok(Vec::new());
        }
        self.seal(Purpose::AppData, key.as_bytes(), data)
    }
}

/// Returns the associated data of sealed tokens. It binds them to this record at this version.
fn token_associated_data(key: &SessionKey, version: u64) -> Vec<u8> {
    let mut associated_data = key.as_bytes().to_vec();
    associated_data.extend_from_slice(&version.to_be_bytes());
    associated_data
}
