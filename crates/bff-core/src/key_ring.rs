//! Sealing: what leaves the process for a cookie or a store is encrypted and bound to its place.
//!
//! AES-256-GCM (NIST SP 800-38D) under a key derived afresh for each message (HKDF-SHA256, RFC 5869, with a random 128-bit
//! salt), so that the limit on random nonces under one key is out of reach. A ring holds several keys: one seals, all of them open, so keys
//! rotate without anybody noticing. The same keys make the pseudonyms of sessions for the audit log. Everybody who seals or opens holds the same ring, and its keys can be replaced while the program runs.
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
/// How much of a pseudonym is kept: 128 bits, so that no two sessions share one.
const PSEUDONYM_BYTES: usize = 16;
const HEADER_BYTES: usize = 1 + KEY_ID_BYTES + SALT_BYTES;

/// What a sealed value is for. A value sealed for one purpose does not open for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A pending trip to the provider, in a cookie.
    LoginAttempt,
    /// The name of the session that a browser holds, in a cookie.
    HeldSession,
    /// Who a session belongs to.
    Profile,
    /// The tokens of a session.
    Tokens,
    /// What the app itself keeps in a session.
    AppData,
}

impl Purpose {
    /// In one word, for the log.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::LoginAttempt => "login_attempt",
            Self::HeldSession => "held_session",
            Self::Profile => "profile",
            Self::Tokens => "tokens",
            Self::AppData => "app_data",
        }
    }

    const fn label(self) -> &'static [u8] {
        match self {
            Self::LoginAttempt => b"aihubmix-bff login attempt",
            Self::HeldSession => b"aihubmix-bff held session",
            Self::Profile => b"aihubmix-bff session profile",
            Self::Tokens => b"aihubmix-bff session tokens",
            Self::AppData => b"aihubmix-bff session app data",
        }
    }
}

/// What tells keys apart: the start of a hash of the key. It leads nowhere, and stands in everything that the key sealed.
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

/// One 32-byte key of the ring; wiped on drop, never shown.
#[derive(Clone)]
pub struct SealingKey {
    id: KeyId,
    bytes: Zeroizing<[u8; 32]>,
}

impl SealingKey {
    /// Wraps 32 secret bytes. Its id is the start of a hash, so nobody has to name keys.
    #[must_use]
    pub fn new(bytes: Zeroizing<[u8; 32]>) -> Self {
        let mut labelled = Zeroizing::new(b"aihubmix-bff key id".to_vec());
        labelled.extend_from_slice(bytes.as_ref());
        let hash = digest(&SHA256, &labelled);
        let mut id = [0_u8; KEY_ID_BYTES];
        id.copy_from_slice(&hash.as_ref()[..KEY_ID_BYTES]);
        Self {
            id: KeyId(id),
            bytes,
        }
    }

    /// What tells it from other keys.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// A key for one message.
    fn derive(&self, purpose: Purpose, salt: &[u8]) -> Option<LessSafeKey> {
        let bytes = self.derive_bytes(purpose.label(), salt)?;
        let key = UnboundKey::new(&AES_256_GCM, bytes.as_ref()).ok()?;
        Some(LessSafeKey::new(key))
    }

    /// The start of HMAC-SHA256 (RFC 2104) over `of`, under a key that is derived for this alone.
    fn pseudonym(&self, of: &[u8]) -> Option<[u8; PSEUDONYM_BYTES]> {
        let bytes = self.derive_bytes(b"aihubmix-bff audit pseudonym", &[])?;
        let key = hmac::Key::new(hmac::HMAC_SHA256, bytes.as_ref());
        let tag = hmac::sign(&key, of);
        tag.as_ref().get(..PSEUDONYM_BYTES)?.try_into().ok()
    }

    fn derive_bytes(&self, label: &[u8], salt: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
        struct Bytes32;
        impl KeyType for Bytes32 {
            fn len(&self) -> usize {
                32
            }
        }
        let mut bytes = Zeroizing::new([0_u8; 32]);
        Salt::new(HKDF_SHA256, salt)
            .extract(self.bytes.as_ref())
            .expand(&[label], Bytes32)
            .and_then(|okm| okm.fill(bytes.as_mut()))
            .ok()?;
        Some(bytes)
    }
}

impl std::fmt::Debug for SealingKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SealingKey(***)")
    }
}

/// Why a sealed value did not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Too short, or of a version that this program does not know.
    #[error("the sealed value is malformed")]
    Malformed,
    /// Sealed under a key that is not in the ring (any more).
    #[error("the sealed value names a key that is not in the ring")]
    UnknownKey,
    /// Altered, cut, or moved here from another place.
    #[error("the sealed value was altered or belongs elsewhere")]
    Altered,
}

struct Keys {
    sealing: SealingKey,
    opening: Vec<SealingKey>,
}

/// The keys, never none. A clone is another handle on the same ring: what [`replace`](Self::replace) puts in, all of them use.
#[derive(Clone)]
pub struct KeyRing {
    keys: Arc<RwLock<Arc<Keys>>>,
}

impl KeyRing {
    /// A ring whose key `sealing` seals and opens and whose keys `opening` only open.
    #[must_use]
    pub fn new(sealing: SealingKey, opening: Vec<SealingKey>) -> Self {
        Self {
            keys: Arc::new(RwLock::new(Arc::new(Keys { sealing, opening }))),
        }
    }

    /// Replaces all keys at once, for everybody who holds this ring.
    pub fn replace(&self, sealing: SealingKey, opening: Vec<SealingKey>) {
        // The lock guards one assignment, which cannot fail half-way.
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) =
            Arc::new(Keys { sealing, opening });
    }

    /// The key that seals now.
    #[must_use]
    pub fn sealing(&self) -> SealingKey {
        self.keys().sealing.clone()
    }

    /// Every key that opens now, the one that seals first.
    #[must_use]
    pub fn ids(&self) -> Vec<KeyId> {
        self.keys().all().map(SealingKey::id).collect()
    }

    fn keys(&self) -> Arc<Keys> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Encrypts `plain` so that it opens only for the same `purpose` at the same `place` (a record's key, a cookie's name).
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
    /// [`OpenError`] says which of the three ways it failed; none of them says anything of the content.
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
        let key = keys.of_id(id).ok_or(OpenError::UnknownKey)?;
        let key = key.derive(purpose, salt).ok_or(OpenError::Malformed)?;
        let mut plain = Zeroizing::new(body.to_vec());
        let length = key
            .open_in_place(one_message_nonce(), Aad::from(place), &mut plain)
            .map_err(|_| OpenError::Altered)?
            .len();
        plain.truncate(length);
        Ok(plain)
    }

    /// A name for `of` that nobody can work out who does not have the key that sealed `sealed`: the same for as long as that value stays sealed as
    /// it is, whatever keys come and go, and on every replica. `None` when the key is not in the ring.
    #[must_use]
    pub fn pseudonym(&self, sealed: &[u8], of: &[u8]) -> Option<[u8; PSEUDONYM_BYTES]> {
        let id = sealed.get(1..=KEY_ID_BYTES)?;
        self.keys().of_id(id)?.pseudonym(of)
    }
}

impl Keys {
    fn of_id(&self, id: &[u8]) -> Option<&SealingKey> {
        self.all().find(|key| key.id.0 == id)
    }

    fn all(&self) -> impl Iterator<Item = &SealingKey> {
        std::iter::once(&self.sealing).chain(&self.opening)
    }
}

/// The ids of the keys alone.
impl std::fmt::Debug for KeyRing {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("KeyRing").field(&self.ids()).finish()
    }
}

/// The nonce: constant, because every message has a key of its own.
fn one_message_nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; 12])
}

#[cfg(test)]
mod tests;
