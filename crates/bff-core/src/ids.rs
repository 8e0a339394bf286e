//! Names for sessions and users that are safe to store, log and show.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::secret::{Entropy, SessionId};

/// The name of a session's record in the store: SHA-256 of the session id, so that who reads the store cannot sign in with it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionKey([u8; 32]);

impl SessionKey {
    /// The key of the session with this id.
    #[must_use]
    pub fn of(id: &SessionId) -> Self {
        let hash = digest(&SHA256, id.reveal().as_bytes());
        let mut key = [0_u8; 32];
        key.copy_from_slice(hash.as_ref());
        Self(key)
    }

    /// From the 32 bytes of a stored record.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The public handle of this session.
    #[must_use]
    pub fn handle(&self) -> SessionHandle {
        let hash = digest(&SHA256, &self.0);
        SessionHandle(URL_SAFE_NO_PAD.encode(&hash.as_ref()[..12]))
    }
}

impl std::fmt::Debug for SessionKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "SessionKey({})", self.handle())
    }
}

/// What lists and logs call a session: 16 base64url characters that lead back neither to the id nor to the record's key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionHandle(String);

impl SessionHandle {
    /// Wraps a handle that somebody typed or sent.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for SessionHandle {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What the audit log calls a session: a keyed hash of its record's key, as 22 base64url characters. Who holds the store and that log, but no
/// sealing key, cannot bring the two together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionHash(String);

impl SessionHash {
    /// From the bytes that [`KeyRing::pseudonym`](super::KeyRing::pseudonym) makes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The text; empty for a session that was never stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Names one request in every log line, in the answer, and towards the provider. Always made here, never taken from a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId(String);

impl RequestId {
    /// A new one: 128 random bits as 22 base64url characters.
    #[must_use]
    pub fn random(entropy: &dyn Entropy) -> Self {
        let mut bytes = [0_u8; 16];
        entropy.fill(&mut bytes);
        Self(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for RequestId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The longest id of a user that is kept as it came, in bytes: an id is stored with every session, in clear, and names a key of the store.
const LONGEST_USER_ID: usize = 128;

/// The provider's id of a user, as text: providers send numbers of any size, and nothing is computed with it. Of an id that is longer than
/// [`LONGEST_USER_ID`] the hash stands for it, because a part of it could be another user's too.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserId(String);

impl UserId {
    /// Wraps the provider's id.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.len() <= LONGEST_USER_ID {
            return Self(text);
        }
        let hash = digest(&SHA256, text.as_bytes());
        Self(format!("sha256:{}", URL_SAFE_NO_PAD.encode(hash)))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemEntropy;

    #[test]
    fn a_key_is_the_sha_256_of_the_id_and_its_handle_a_hash_of_that() {
        // Both as `sha256sum` has them.
        let key = SessionKey::of(&SessionId::new("a-session-id"));
        assert_eq!(key.as_bytes()[..4], [0x38, 0x49, 0xeb, 0x96]);
        assert_eq!(key.handle().to_string(), "c32Gg-mH5uLEDCCM");
        assert_eq!(SessionKey::from_bytes(*key.as_bytes()), key);
        let hash = SessionHash::from_bytes(&[0xff; 16]);
        assert_eq!(hash.as_str(), "_____________________w");
    }

    #[test]
    fn the_providers_id_stays_as_it_came() {
        assert_eq!(
            UserId::new("0012345678901234567890").as_str(),
            "0012345678901234567890"
        );
    }

    #[test]
    fn an_id_of_any_length_is_kept_apart_from_every_other() {
        let longest = "7".repeat(LONGEST_USER_ID);
        assert_eq!(UserId::new(longest.as_str()).as_str(), longest);
        let [one, other] = [1, 2].map(|extra| UserId::new("7".repeat(LONGEST_USER_ID + extra)));
        assert_ne!(one, other);
        assert_eq!(one.as_str().len(), "sha256:".len() + 43);
        assert_eq!(
            UserId::new(one.as_str()),
            one,
            "as it is read from the store"
        );
    }

    #[test]
    fn no_two_requests_have_the_same_name() {
        let (one, other) = (
            RequestId::random(&SystemEntropy),
            RequestId::random(&SystemEntropy),
        );
        assert_ne!(one, other);
        assert_eq!(one.to_string().len(), 22);
        assert_eq!(one.to_string(), one.as_str());
    }

    #[test]
    fn the_handle_shows_neither_the_id_nor_the_key() {
        let id = SessionId::new("a-session-id");
        let key = SessionKey::of(&id);
        let handle = key.handle();
        assert_eq!(handle.as_str().len(), 16);
        assert!(
            !URL_SAFE_NO_PAD
                .encode(key.as_bytes())
                .contains(handle.as_str())
        );
        assert_eq!(format!("{key:?}"), format!("SessionKey({handle})"));
    }
}
