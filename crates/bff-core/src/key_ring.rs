//! Sealing: every secret value that goes into a cookie or a store is encrypted and bound to its place.
//!
//! The cipher is AES-256-GCM (NIST SP 800-38D). Each message has its own key, derived with HKDF-SHA256 (RFC 5869) and a random 128-bit salt,
//! so that the limit on random nonces under one key is never reached. A ring holds several keys: one key seals and every key opens, so that
//! a key rotation does not sign users out. The same keys derive the pseudonyms of sessions in the audit log. All callers share one ring.
//! The operator can replace its keys while the program runs.
//!
//! Sealed form: `version (1) | key id (4) | salt (16) | ciphertext | tag (16)`.

use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use aws_lc_rs::hmac;
use zeroize::Zeroizing;

use super::secret::Entropy;

const VERSION: u8 = 1;
const KEY_ID_BYTES: usize = 4;
const SALT_BYTES: usize = 16;
/// Length of a pseudonym: 16 bytes (128 bits), so that two sessions never share one.
const PSEUDONYM_BYTES: usize = 16;
const HEADER_BYTES: usize = 1 + KEY_ID_BYTES + SALT_BYTES;

/// The purpose of a sealed value. A value sealed for one purpose does not open for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A pending login attempt, in a cookie.
    LoginAttempt,
    /// The record key of the session that a browser holds, in a cookie.
    ReplacedSession,
    /// The user and the device of a session.
    Profile,
    /// The tokens of a session.
    Tokens,
    /// The app's own data in a session.
    AppData,
    /// A question of the command `doctor` to the running program.
    Probe,
}

impl Purpose {
    /// Returns the purpose as one word for the log.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::LoginAttempt => "login_attempt",
            Self::ReplacedSession => "replaced_session",
            Self::Profile => "profile",
            Self::Tokens => "tokens",
            Self::AppData => "app_data",
            Self::Probe => "probe",
        }
    }

    const fn label(self) -> &'static [u8] {
        match self {
            Self::LoginAttempt => b"bff login attempt",
            Self::ReplacedSession => b"bff replaced session",
            Self::Profile => b"bff session profile",
            Self::Tokens => b"bff session tokens",
            Self::AppData => b"bff session app data",
            Self::Probe => b"bff doctor probe",
        }
    }
}

/// The identifier of a key: the start of a hash of the key. It does not reveal the key. Every value that the key sealed contains it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeyId([u8; KEY_ID_BYTES]);

impl std::fmt::Display for KeyId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{:08x}", u32::from_be_bytes(self.0))
    }
}

impl std::fmt::Debug for KeyId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, formatter)
    }
}

/// One 32-byte key of the ring. It is wiped on drop and never shown.
#[derive(Clone)]
pub struct SealingKey {
    id: KeyId,
    bytes: Zeroizing<[u8; 32]>,
    /// The key of pseudonyms, derived once.
    pseudonyms: Option<hmac::Key>,
}

impl SealingKey {
    /// Wraps 32 secret bytes. The id is the start of a hash of the key, so that operators do not have to name keys.
    #[must_use]
    pub fn new(bytes: Zeroizing<[u8; 32]>) -> Self {
        let mut labelled = Zeroizing::new(b"bff key id".to_vec());
        labelled.extend_from_slice(bytes.as_ref());
        let hash = digest(&SHA256, &labelled);
        let mut id = [0_u8; KEY_ID_BYTES];
        id.copy_from_slice(&hash.as_ref()[..KEY_ID_BYTES]);
        let pseudonyms = derive_bytes(&bytes, b"bff audit pseudonym", &[])
            .map(|bytes| hmac::Key::new(hmac::HMAC_SHA256, bytes.as_ref()));
        Self {
            id: KeyId(id),
            bytes,
            pseudonyms,
        }
    }

    /// Returns the identifier of the key.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// Derives the key for one message.
    fn derive(&self, purpose: Purpose, salt: &[u8]) -> Option<LessSafeKey> {
        let bytes = derive_bytes(&self.bytes, purpose.label(), salt)?;
        let key = UnboundKey::new(&AES_256_GCM, bytes.as_ref()).ok()?;
        Some(LessSafeKey::new(key))
    }

    /// Returns the start of HMAC-SHA256 (RFC 2104) over `of`, under a key that is derived for pseudonyms only.
    fn pseudonym(&self, of: &[u8]) -> Option<[u8; PSEUDONYM_BYTES]> {
        let tag = hmac::sign(self.pseudonyms.as_ref()?, of);
        tag.as_ref().get(..PSEUDONYM_BYTES)?.try_into().ok()
    }
}

/// Derives 32 bytes from a key of the ring (HKDF-SHA256).
fn derive_bytes(key: &[u8; 32], label: &[u8], salt: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
    struct Bytes32;
    impl KeyType for Bytes32 {
        fn len(&self) -> usize {
            32
        }
    }
    let mut bytes = Zeroizing::new([0_u8; 32]);
    Salt::new(HKDF_SHA256, salt)
        .extract(key)
        .expand(&[label], Bytes32)
        .and_then(|okm| okm.fill(bytes.as_mut()))
        .ok()?;
    Some(bytes)
}

impl std::fmt::Debug for SealingKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SealingKey(***)")
    }
}

/// Why a sealed value did not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The value is too short, or has a version that this program does not know.
    #[error("the sealed value is malformed")]
    Malformed,
    /// The value was sealed under a key that is not, or no longer, in the ring.
    #[error("the sealed value needs a key that is not in the key ring")]
    UnknownKey,
    /// The value was altered, truncated, or copied from another place.
    #[error("the sealed value was altered or is for another record or purpose")]
    Altered,
}

struct Keys {
    generation: u64,
    sealing: SealingKey,
    opening: Vec<SealingKey>,
}

/// A ring of one or more keys. Clones share the ring, so that [`replace`](Self::replace) changes the keys of all of them.
#[derive(Clone)]
pub struct KeyRing {
    keys: Arc<RwLock<Arc<Keys>>>,
}

impl KeyRing {
    /// Makes a ring. The key `sealing` seals and opens; the keys `opening` only open.
    #[must_use]
    pub fn new(sealing: SealingKey, opening: Vec<SealingKey>) -> Self {
        Self {
            keys: Arc::new(RwLock::new(Arc::new(Keys {
                generation: 0,
                sealing,
                opening,
            }))),
        }
    }

    /// Replaces all keys at once, for this ring and all its clones.
    pub fn replace(&self, sealing: SealingKey, opening: Vec<SealingKey>) {
        // The lock guards a single assignment, so that a panic cannot leave the keys half replaced.
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        *keys = Arc::new(Keys {
            generation: keys.generation + 1,
            sealing,
            opening,
        });
    }

    /// Returns a number that grows with each replacement of the keys, so that a value which a removed key opened is not used any longer.
    #[must_use]
    pub fn generation(&self) -> u64 {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.generation
    }

    /// Returns the key that seals now.
    #[must_use]
    pub fn sealing(&self) -> SealingKey {
        self.keys().sealing.clone()
    }

    /// Returns the ids of all keys that open now. The sealing key comes first.
    #[must_use]
    pub fn ids(&self) -> Vec<KeyId> {
        self.keys().all().map(SealingKey::id).collect()
    }

    fn keys(&self) -> Arc<Keys> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Encrypts `plain` so that it opens only for the same `purpose` at the same `place` (a record's key or a cookie's name).
    #[must_use]
    pub fn seal(
        &self,
        purpose: Purpose,
        place: &[u8],
        plain: &[u8],
        entropy: &dyn Entropy,
    ) -> Vec<u8> {
        let keys = self.keys();
        let mut salt = [0_u8; SALT_BYTES];
        entropy.fill(&mut salt);
        let mut body = plain.to_vec();
        #[expect(
            clippy::expect_used,
            reason = "AES-256-GCM fails only beyond 64 GiB of plaintext"
        )]
        {
            let key = keys
                .sealing
                .derive(purpose, &salt)
                .expect("32 bytes make an AES-256 key");
            key.seal_in_place_append_tag(one_message_nonce(), Aad::from(place), &mut body)
                .expect("the plaintext is short");
        }
        let mut sealed = Vec::with_capacity(HEADER_BYTES + body.len());
        sealed.push(VERSION);
        sealed.extend_from_slice(&keys.sealing.id.0);
        sealed.extend_from_slice(&salt);
        sealed.append(&mut body);
        sealed
    }

    /// Decrypts what [`seal`](Self::seal) made for this `purpose` and `place`.
    ///
    /// # Errors
    /// [`OpenError`] gives one of three reasons. None of them reveals anything about the content.
    pub fn open(
        &self,
        purpose: Purpose,
        place: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, OpenError> {
        let Some((header, body)) = sealed.split_at_checked(HEADER_BYTES) else {
            return Err(OpenError::Malformed);
        };
        let (version, rest) = header.split_at(1);
        if version != [VERSION] {
            return Err(OpenError::Malformed);
        }
        let (id, salt) = rest.split_at(KEY_ID_BYTES);
        let keys = self.keys();
        let key = keys.find(id).ok_or(OpenError::UnknownKey)?;
        let key = key.derive(purpose, salt).ok_or(OpenError::Malformed)?;
        let mut plain = Zeroizing::new(body.to_vec());
        let length = key
            .open_in_place(one_message_nonce(), Aad::from(place), &mut plain)
            .map_err(|_| OpenError::Altered)?
            .len();
        plain.truncate(length);
        Ok(plain)
    }

    /// Returns a pseudonym of `of`, keyed with the key that sealed `sealed`. An attacker without that key cannot compute it. It is the same on
    /// every replica, and stays the same through key rotations as long as `sealed` is not sealed again. `None` when the key is not in the ring.
    #[must_use]
    pub fn pseudonym(&self, sealed: &[u8], of: &[u8]) -> Option<[u8; PSEUDONYM_BYTES]> {
        let id = sealed.get(1..=KEY_ID_BYTES)?;
        self.keys().find(id)?.pseudonym(of)
    }
}

impl Keys {
    fn find(&self, id: &[u8]) -> Option<&SealingKey> {
        self.all().find(|key| key.id.0 == id)
    }

    fn all(&self) -> impl Iterator<Item = &SealingKey> {
        std::iter::once(&self.sealing).chain(&self.opening)
    }
}

/// Shows only the ids of the keys.
impl std::fmt::Debug for KeyRing {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("KeyRing").field(&self.ids()).finish()
    }
}

/// Returns the nonce. It is constant, because every message has its own key.
fn one_message_nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; 12])
}

#[cfg(test)]
mod tests;
