//! What a store holds of one session: what it must be able to search and compare in clear, the rest sealed.

use bff_core::{EndCause, SessionKey, Timestamp, UserId};

/// One session as stored.
#[derive(Clone, PartialEq, Eq)]
pub struct Record {
    /// SHA-256 of the session id.
    pub key: SessionKey,
    /// Whose it is, to find all sessions of a user.
    pub user: Option<UserId>,
    /// When the login finished.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_seen_at: Timestamp,
    /// When it ends whatever happens; no store keeps a record past it.
    pub absolute_expires_at: Timestamp,
    /// Counts the changes of `tokens`.
    pub version: u64,
    /// Why it is over; `None` while it lives. An ended record has no sealed parts.
    pub ended: Option<EndCause>,
    /// Sealed: user and device.
    pub profile: Vec<u8>,
    /// Sealed: the token set.
    pub tokens: Vec<u8>,
    /// Sealed: the app's own data; empty when it has none.
    pub app_data: Vec<u8>,
}

impl Record {
    /// Ends it: the sealed parts go, the cause stays.
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
