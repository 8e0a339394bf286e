//! Encrypts around any store: sessions go in and come out, records are what is kept.
//!
//! Every sealed part is bound to its record (and the tokens to their version too), so that who can write to the store cannot
//! move one user's tokens into another user's session. A record that does not open is no session: one log event, never a failure.

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

/// What the store knows of a session id.
#[derive(Debug)]
pub enum Loaded {
    /// A session, perhaps past a limit: the caller compares.
    Live(Box<Session>),
    /// It was ended, and why.
    Ended(EndCause),
    /// Nothing is known of it.
    Unknown,
}

/// What became of new tokens.
#[derive(Debug)]
pub enum TokenSwap {
    /// They are stored; this is their version.
    Done(u64),
    /// Somebody else stored newer ones first: the session as it stands.
    Moved(Box<Session>),
    /// The session is over; nothing was stored.
    Gone,
}

#[derive(Serialize, Deserialize)]
struct Profile {
    user: User,
    device: String,
}

/// How long after a failure of the store holders of tokens that it did not take may still be about to store them.
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
    /// Seals with `keys` around `store`.
    #[must_use]
    pub fn new(store: Arc<dyn SessionStore>, keys: KeyRing, entropy: Arc<dyn Entropy>) -> Self {
        Self {
            store,
            failed_at: Arc::default(),
            keys,
            entropy,
        }
    }

    /// Stores a new session durably, and says what the audit log will call it.
    ///
    /// # Errors
    /// [`StoreError`] when it is not certain that it is stored.
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
                    &token_place(&session.key, session.version),
                    &session.tokens,
                )?,
                app_data: self.seal_app_data(&session.key, &session.app_data)?,
            })
            .await?;
        Ok(hash)
    }

    /// What is known of the session with this key.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be asked.
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

    /// Whether sessions could not be loaded a moment ago.
    #[must_use]
    pub fn has_just_failed(&self) -> bool {
        self.failed_at().is_some_and(|at| at.elapsed() < AFTERMATH)
    }

    fn failed_at(&self) -> MutexGuard<'_, Option<Instant>> {
        self.failed_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Replaces the tokens if nobody else did since `version`.
    ///
    /// # Errors
    /// [`StoreError`] when it is not certain what became of them.
    pub async fn swap_tokens(
        &self,
        key: &SessionKey,
        version: u64,
        tokens: &TokenSet,
    ) -> Result<TokenSwap, StoreError> {
        let sealed = self.seal(Purpose::Tokens, &token_place(key, version + 1), tokens)?;
        Ok(self.opened(self.store.swap_tokens(key, version, sealed).await?))
    }

    /// Ends the session if nobody changed its tokens since `version`.
    ///
    /// # Errors
    /// [`StoreError`] when it is not certain that it ended.
    pub async fn end(
        &self,
        key: &SessionKey,
        version: u64,
        cause: EndCause,
    ) -> Result<TokenSwap, StoreError> {
        Ok(self.opened(self.store.end(key, version, cause).await?))
    }

    /// Replaces what the app keeps in a live session; `false` when it is over.
    ///
    /// # Errors
    /// [`StoreError`] when it is not certain that it is stored.
    pub async fn set_app_data(
        &self,
        key: &SessionKey,
        data: &BTreeMap<String, String>,
    ) -> Result<bool, StoreError> {
        self.store
            .set_app_data(key, self.seal_app_data(key, data)?)
            .await
    }

    /// Notes that a live session was used; `false` when it is over.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be asked.
    pub async fn touch(&self, key: &SessionKey, at: Timestamp) -> Result<bool, StoreError> {
        self.store.touch(key, at).await
    }

    /// Removes the session and answers what it was, if it lived and opened.
    ///
    /// # Errors
    /// [`StoreError`] when it is not certain that it is gone.
    pub async fn delete(&self, key: &SessionKey) -> Result<Option<Session>, StoreError> {
        let record = self.store.delete(key).await?;
        Ok(record
            .filter(|record| record.ended.is_none())
            .and_then(|record| self.open(record)))
    }

    /// Takes or renews the session's lease; `false` when another holder has it.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be asked.
    pub async fn lease(&self, key: &SessionKey, claim: &Claim) -> Result<bool, StoreError> {
        self.store.lease(key, claim).await
    }

    /// Marks that the refresh token of this version is about to be spent by the holder of the lease; `false` while another holder's mark stands,
    /// and when the version does not.
    ///
    /// # Errors
    /// [`StoreError`] when it is not certain that the mark stands.
    pub async fn mark_spending(
        &self,
        key: &SessionKey,
        version: u64,
        claim: &Claim,
    ) -> Result<bool, StoreError> {
        self.store.mark_spending(key, version, claim).await
    }

    /// Gives the lease back, and takes the mark away.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be asked; both then end by themselves.
    pub async fn release(&self, key: &SessionKey, holder: &LeaseHolder) -> Result<(), StoreError> {
        self.store.release(key, holder).await
    }

    /// Marks a login attempt as spent; `false` when it was spent before.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be asked.
    pub async fn spend_attempt(
        &self,
        tag: &str,
        now: Timestamp,
        ttl: Duration,
    ) -> Result<bool, StoreError> {
        self.store.spend_attempt(tag, now, ttl).await
    }

    /// Removes what is past its absolute limit or was not used since; answers how many sessions went.
    ///
    /// # Errors
    /// [`StoreError`] when the store cannot be asked.
    pub async fn sweep(&self, now: Timestamp, unused_since: Timestamp) -> Result<u64, StoreError> {
        self.store.sweep(now, unused_since).await
    }

    /// Puts what is stored into its lasting form, before the program stops.
    ///
    /// # Errors
    /// [`StoreError`] when that was not done; nothing is lost then.
    pub async fn settle(&self) -> Result<(), StoreError> {
        self.store.settle().await
    }

    /// Whether the store answers.
    ///
    /// # Errors
    /// [`StoreError`] when it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.store.ping().await
    }

    fn opened(&self, swap: Swap) -> TokenSwap {
        match swap {
            Swap::Done(version) => TokenSwap::Done(version),
            Swap::Gone => TokenSwap::Gone,
            Swap::Moved(record) => self.open(*record).map_or(TokenSwap::Gone, |session| {
                TokenSwap::Moved(Box::new(session))
            }),
        }
    }

    fn open(&self, record: Record) -> Option<Session> {
        let place = record.key.as_bytes();
        let profile: Profile = self.unseal(&record, Purpose::Profile, place, &record.profile)?;
        let tokens = self.unseal(
            &record,
            Purpose::Tokens,
            &token_place(&record.key, record.version),
            &record.tokens,
        )?;
        let app_data = if record.app_data.is_empty() {
            BTreeMap::new()
        } else {
            self.unseal(&record, Purpose::AppData, place, &record.app_data)?
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

    /// Made with the key that sealed the profile, which is done once, at the login: so it stays through every change of keys.
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
        place: &[u8],
        sealed: &[u8],
    ) -> Option<T> {
        let why = match self.keys.open(purpose, place, sealed) {
            Ok(plain) => match serde_json::from_slice(&plain) {
                Ok(value) => return Some(value),
                Err(_) => "it has an unexpected form".to_owned(),
            },
            Err(error) => error.to_string(),
        };
        audit::session_record_unreadable(purpose.name(), &record.key.handle(), &why);
        None
    }

    fn seal(
        &self,
        purpose: Purpose,
        place: &[u8],
        value: &impl Serialize,
    ) -> Result<Vec<u8>, StoreError> {
        let plain = serde_json::to_vec(value)
            .map(Zeroizing::new)
            .map_err(|_| StoreError::new("a session cannot be written as JSON"))?;
        Ok(self
            .keys
            .seal(purpose, place, &plain, self.entropy.as_ref()))
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

/// Where tokens belong: this record at this version.
fn token_place(key: &SessionKey, version: u64) -> Vec<u8> {
    let mut place = key.as_bytes().to_vec();
    place.extend_from_slice(&version.to_be_bytes());
    place
}
