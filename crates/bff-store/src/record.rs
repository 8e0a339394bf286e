//! The stored form of a session: the parts that a store must search and compare are in clear, all others are sealed.

use bff_core::{EndCause, SessionKey, Timestamp, UserId};

/// One session as stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    /// SHA-256 of the session id.
    pub key: SessionKey,
    /// The user that it belongs to, so that the store can find all sessions of a user.
    pub user: Option<UserId>,
    /// When the login finished.
    pub created_at: Timestamp,
    /// When the session was last used.
    pub last_seen_at: Timestamp,
    /// When the session reaches its absolute limit. No store keeps a record longer.
    pub absolute_expires_at: Timestamp,
    /// The number of changes of `tokens`.
    pub version: u64,
    /// Why the session ended; `None` while it is live. An ended record has no sealed parts.
    pub ended: Option<EndCause>,
    /// Sealed: user and device.
    pub profile: Vec<u8>,
    /// Sealed: the token set.
    pub tokens: Vec<u8>,
    /// Sealed: the app's own data; empty when it has none.
    pub app_data: Vec<u8>,
}

impl Record {
    /// Ends the session: erases the sealed parts and stores the cause.
    pub fn end(&mut self, cause: EndCause) {
        self.ended = Some(cause);
        self.profile.clear();
        self.tokens.clear();
        self.app_data.clear();
    }
}

impl std::fmt::Debug for Record {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Record")
            .field("key", &self.key)
            .field("version", &self.version)
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}
