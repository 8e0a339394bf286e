//! Identifiers of sessions and users that are safe to store, log and show.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use super::secret::{Entropy, SessionId};
use super::trace::{Sampler, TraceContext};

/// The key of a session's record in the store: SHA-256 of the session id, so that an attacker with read access to the store cannot sign in.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionKey([u8; 32]);

impl SessionKey {
    /// Returns the key of the session with this id.
    #[must_use]
    pub fn from_id(id: &SessionId) -> Self {
        let hash = digest(&SHA256, id.reveal().as_bytes());
        let mut key = [0_u8; 32];
        key.copy_from_slice(hash.as_ref());
        Self(key)
    }

    /// Makes a key from the 32 bytes of a stored record.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Returns the public handle of this session.
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

/// The public handle of a session in lists and logs: 16 base64url characters that reveal neither the session id nor the record's key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionHandle(String);

impl SessionHandle {
    /// Wraps a handle that a client sent or an operator typed.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the text.
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

/// The pseudonym of a session in the audit log: a keyed hash of its record's key, as 22 base64url characters. An attacker with the store and
/// the audit log, but without a sealing key, cannot match the two.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionHash(String);

impl SessionHash {
    /// Makes a hash from the bytes of [`KeyRing::pseudonym`](super::KeyRing::pseudonym).
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self(URL_SAFE_NO_PAD.encode(bytes))
    }

    /// Returns the text; empty for a session that was never stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The id of one request in all log lines, in the response, and in requests to the provider, with its place in a trace. This program makes the id; it
/// never comes from a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestId {
    text: String,
    trace: TraceContext,
}

impl RequestId {
    /// Makes a new id, in a new trace that is not exported.
    #[must_use]
    pub fn random(entropy: &dyn Entropy) -> Self {
        Self::in_trace(
            TraceContext::new(None, Sampler::default(), entropy),
            entropy,
        )
    }

    /// Makes a new id for a request of this trace: 128 random bits as 22 base64url characters.
    #[must_use]
    pub fn in_trace(trace: TraceContext, entropy: &dyn Entropy) -> Self {
        let mut bytes = [0_u8; 16];
        entropy.fill(&mut bytes);
        Self {
            text: URL_SAFE_NO_PAD.encode(bytes),
            trace,
        }
    }

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the place of the request in its trace.
    #[must_use]
    pub const fn trace(&self) -> &TraceContext {
        &self.trace
    }
}

impl std::fmt::Display for RequestId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.text)
    }
}

/// Longest user id that is kept unchanged, in bytes: an id is stored with every session in clear and is part of a key in the store.
const LONGEST_USER_ID: usize = 128;

/// The provider's id of a user, as text, because providers send numbers of any size and this program does not compute with them. An id longer
/// than [`LONGEST_USER_ID`] is replaced by its hash, because a truncated id could equal another user's.
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

    /// Returns the text.
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
        // Expected values from `sha256sum`.
        let key = SessionKey::from_id(&SessionId::new("a-session-id"));
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

    /// Covers: ASVS-16.2.5
    #[test]
    fn the_handle_shows_neither_the_id_nor_the_key() {
        let id = SessionId::new("a-session-id");
        let key = SessionKey::from_id(&id);
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
