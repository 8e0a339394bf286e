//! A session: the server-side state of a signed-in browser, and its lifetime.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::clock::Timestamp;
use super::error::ErrorCode;
use super::ids::{SessionHash, SessionKey, UserId};
use super::tokens::TokenSet;

/// Longest lifetime of a session: 30 days, because the provider's refresh token lives 30 days.
pub const LONGEST_LIFE: Duration = Duration::from_secs(30 * 86_400);

/// Longest time for which a session's last use stays unwritten: 60 seconds, so that active sessions cause few writes.
const TOUCH_INTERVAL: Duration = Duration::from_secs(60);

/// The user that a session belongs to, as the provider named it at login.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The provider's id; `None` when the provider gave none. Without an id, the sessions of one user cannot be listed together.
    pub id: Option<UserId>,
    /// The display name of the user.
    pub username: Option<String>,
}

/// Why a session ended. Each cause has one code, which appears in the log, in the metrics, and once in a response to the session's browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndCause {
    /// The session was not used for the idle limit.
    IdleLimit,
    /// The session reached the absolute limit.
    AbsoluteLimit,
    /// The provider refused the refresh token for good.
    RefreshRefused,
    /// The access token expired, and there is no refresh token.
    TokensExpired,
    /// The user signed out.
    LoggedOut,
    /// The same browser signed in again.
    Replaced,
    /// The user ended it from another of their sessions.
    EndedElsewhere,
    /// The operator ended the session.
    Revoked,
    /// The user signed in more often than `session.max_per_user`, and this was their oldest session.
    TooManySessions,
}

impl EndCause {
    /// Every cause.
    pub const ALL: [Self; 9] = [
        Self::IdleLimit,
        Self::AbsoluteLimit,
        Self::RefreshRefused,
        Self::TokensExpired,
        Self::LoggedOut,
        Self::Replaced,
        Self::EndedElsewhere,
        Self::Revoked,
        Self::TooManySessions,
    ];

    /// Returns the code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::IdleLimit => "idle_limit",
            Self::AbsoluteLimit => "absolute_limit",
            Self::RefreshRefused => "refresh_refused",
            Self::TokensExpired => "tokens_expired",
            Self::LoggedOut => "logged_out",
            Self::Replaced => "replaced",
            Self::EndedElsewhere => "ended_elsewhere",
            Self::Revoked => "revoked",
            Self::TooManySessions => "too_many_sessions",
        }
    }

    /// Returns the cause that [`code`](Self::code) names.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.code() == code)
    }

    /// Returns the error for a request with such a session: "expired" when it ran out, "not signed in" when the user or operator ended it.
    #[must_use]
    pub const fn answer(self) -> ErrorCode {
        match self {
            Self::IdleLimit | Self::AbsoluteLimit | Self::RefreshRefused | Self::TokensExpired => {
                ErrorCode::SessionExpired
            }
            Self::LoggedOut
            | Self::Replaced
            | Self::EndedElsewhere
            | Self::Revoked
            | Self::TooManySessions => ErrorCode::NotAuthenticated,
        }
    }
}

/// The lifetimes of sessions, enforced on the server.
#[derive(Clone, Copy, Debug)]
pub struct Lifetimes {
    /// A session ends when it was not used for this long.
    pub idle: Duration,
    /// A session ends this long after its login, even when it is in use.
    pub absolute: Duration,
}

impl Lifetimes {
    /// Returns the longest time for which a session's last use stays unwritten.
    #[must_use]
    pub fn touch_interval(&self) -> Duration {
        TOUCH_INTERVAL.min(self.idle / 20)
    }

    /// Returns a time: sessions last used then or before are past the idle limit, even when their latest use is not written yet.
    #[must_use]
    pub fn unused_since(&self, now: Timestamp) -> Timestamp {
        now.minus(self.idle.saturating_add(self.touch_interval()))
    }
}

/// One session, unsealed.
#[derive(Clone, Debug)]
pub struct Session {
    /// The key of its record in the store.
    pub key: SessionKey,
    /// The pseudonym of the session in the audit log. It stays the same from login to end. The store sets it.
    pub hash: SessionHash,
    /// The user that it belongs to.
    pub user: User,
    /// The browser that it was made in, in words (`Firefox on Linux`).
    pub device: String,
    /// When the login finished.
    pub created_at: Timestamp,
    /// When the session was last used, to the minute or finer.
    pub last_seen_at: Timestamp,
    /// When the session reaches its absolute limit.
    pub absolute_expires_at: Timestamp,
    /// Its tokens.
    pub tokens: TokenSet,
    /// The number of changes of `tokens`. Only a caller that knows the current number can swap them (compare-and-swap).
    pub version: u64,
    /// The app's own data, values as JSON text.
    pub app_data: BTreeMap<String, String>,
}

impl Session {
    /// Returns when the session ends if it is not used again.
    #[must_use]
    pub fn expires_at(&self, lifetimes: &Lifetimes) -> Timestamp {
        self.last_seen_at
            .plus(lifetimes.idle)
            .min(self.absolute_expires_at)
    }

    /// Returns the limit that the session has reached at `now`; `None` while it lives.
    #[must_use]
    pub fn end_cause(&self, now: Timestamp, lifetimes: &Lifetimes) -> Option<EndCause> {
        if now >= self.absolute_expires_at {
            Some(EndCause::AbsoluteLimit)
        } else if now >= self.last_seen_at.plus(lifetimes.idle) {
            Some(EndCause::IdleLimit)
        } else {
            None
        }
    }

    /// Reports whether a use at `now` must be written: at most once a minute, and more often for a short idle limit. Also true when the clock was
    /// set back since the last use.
    #[must_use]
    pub fn touch_is_due(&self, now: Timestamp, lifetimes: &Lifetimes) -> bool {
        now.since(self.last_seen_at) >= lifetimes.touch_interval()
            || self.last_seen_at.is_of_a_later_clock(now)
    }
}

#[cfg(test)]
mod tests;
