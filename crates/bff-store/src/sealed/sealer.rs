//! Seals sessions into records and opens them again.
//!
//! Every sealed part is bound to its record (and the tokens to their version too), so that an attacker with write access to the store cannot
//! move one user's tokens into another user's session.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::record::Record;
use crate::store::StoreError;
use bff_core::audit;
use bff_core::{Entropy, KeyRing, Purpose, Session, SessionHash, SessionKey, TokenSet, User};

#[derive(Serialize, Deserialize)]
struct Profile {
    user: User,
    device: String,
}

/// The keys of the store, and the source of nonces.
#[derive(Clone)]
pub struct Sealer {
    keys: KeyRing,
    entropy: Arc<dyn Entropy>,
}

impl Sealer {
    /// Makes a sealer that seals with the newest of `keys`.
    pub fn new(keys: KeyRing, entropy: Arc<dyn Entropy>) -> Self {
        Self { keys, entropy }
    }

    /// Returns the generation of the keys.
    pub fn generation(&self) -> u64 {
        self.keys.generation()
    }

    /// Seals a session.
    pub fn seal(&self, session: &Session) -> Result<Record, StoreError> {
        let profile = Profile {
            user: session.user.clone(),
            device: session.device.clone(),
        };
        Ok(Record {
            key: session.key,
            user: session.user.id.clone(),
            created_at: session.created_at,
            last_seen_at: session.last_seen_at,
            absolute_expires_at: session.absolute_expires_at,
            version: session.version,
            ended: None,
            profile: self.seal_part(Purpose::Profile, session.key.as_bytes(), &profile)?,
            tokens: self.seal_tokens(&session.key, session.version, &session.tokens)?,
            app_data: self.seal_app_data(&session.key, &session.app_data)?,
        })
    }

    /// Seals the tokens of this version of a session.
    pub fn seal_tokens(
        &self,
        key: &SessionKey,
        version: u64,
        tokens: &TokenSet,
    ) -> Result<Vec<u8>, StoreError> {
        self.seal_part(
            Purpose::Tokens,
            &token_associated_data(key, version),
            tokens,
        )
    }

    /// Opens a record. `None` when a part does not open, which is logged.
    pub fn open(&self, record: Record) -> Option<Session> {
        let associated_data = record.key.as_bytes();
        let profile: Profile =
            self.open_part(&record, Purpose::Profile, associated_data, &record.profile)?;
        let tokens = self.open_part(
            &record,
            Purpose::Tokens,
            &token_associated_data(&record.key, record.version),
            &record.tokens,
        )?;
        let app_data = if record.app_data.is_empty() {
            BTreeMap::new()
        } else {
            self.open_part(&record, Purpose::AppData, associated_data, &record.app_data)?
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
    pub fn hash(&self, profile: &[u8], key: &SessionKey) -> SessionHash {
        self.keys
            .pseudonym(profile, key.as_bytes())
            .map(|bytes| SessionHash::from_bytes(&bytes))
            .unwrap_or_default()
    }

    fn open_part<T: DeserializeOwned>(
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

    fn seal_part(
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

    /// Seals the app's own data. Empty data stays empty.
    pub fn seal_app_data(
        &self,
        key: &SessionKey,
        data: &BTreeMap<String, String>,
    ) -> Result<Vec<u8>, StoreError> {
        if data.is_empty() {
            return Ok(Vec::new());
        }
        self.seal_part(Purpose::AppData, key.as_bytes(), data)
    }
}

/// Returns the associated data of sealed tokens. It binds them to this record at this version.
fn token_associated_data(key: &SessionKey, version: u64) -> Vec<u8> {
    let mut associated_data = key.as_bytes().to_vec();
    associated_data.extend_from_slice(&version.to_be_bytes());
    associated_data
}
