//! A session: what a signed-in browser holds a cookie for, and how long it lives.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::clock::Timestamp;
use super::error::ErrorCode;
use super::ids::{SessionHash, SessionKey, UserId};
use super::tokens::TokenSet;

/// The longest life of a session: the provider's refresh token lives 30 days.
pub const LONGEST_LIFE: Duration = Duration::from_secs(30 * 86_400);

/// The longest that a session's activity goes unwritten.
const TOUCH_INTERVAL: Duration = Duration::from_secs(60);

/// Who a session belongs to, as the provider said at login.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The provider's id; `None` when it gave none, and then the user's sessions cannot be told to belong together.
    pub id: Option<UserId>,
    /// The name to greet with.
    pub username: Option<String>,
}

/// Why a session is no more. One code each, in log and metric, and once to the browser that had it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndCause {
    /// Nobody used it for the idle limit.
    IdleLimit,
    /// It reached the absolute limit.
    AbsoluteLimit,
    /// The provider refused the refresh token for good.
    RefreshRefused,
    /// The access token ran out, and the provider gave nothing to renew it with.
    TokensExpired,
    /// Its owner signed out.
    LoggedOut,
    /// Its browser signed in anew.
    Replaced,
    /// Its owner ended it from another of their sessions.
    EndedElsewhere,
    /// The operator ended it.
    Revoked,
    /// Its user signed in more often than `session.max_per_user`, and this was the oldest.
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

    /// The code.
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

    /// The cause that [`code`](Self::code) names.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.code() == code)
    }

    /// What a request of such a session is answered with: it ran out, or somebody ended it.
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

/// How long sessions live, enforced on the server.
#[derive(Clone, Copy, Debug)]
pub struct Lifetimes {
    /// Ends a session that nobody used for this long.
    pub idle: Duration,
    /// Ends every session this long after its login, whatever happens.
    pub absolute: Duration,
}

impl Lifetimes {
    /// The longest that a session's activity goes unwritten.
    #[must_use]
    pub fn touch_interval(&self) -> Duration {
        TOUCH_INTERVAL.min(self.idle / 20)
    }

    /// Sessions last used at that time or before are past the idle limit, also with a use that was not written yet.
    #[must_use]
    pub fn unused_since(&self, now: Timestamp) -> Timestamp {
        now.minus(self.idle.saturating_add(self.touch_interval()))
    }
}

/// One session, opened.
#[derive(Clone, Debug)]
pub struct Session {
    /// Its record's name in the store.
    pub key: SessionKey,
    /// What the audit log calls it: one name from its login to its end. The store gives it.
    pub hash: SessionHash,
    /// Whose it is.
    pub user: User,
    /// The browser it was made in, in words (`Firefox on Linux`).
    pub device: String,
    /// When the login finished.
    pub created_at: Timestamp,
    /// When it was last used, to the minute or finer.
    pub last_seen_at: Timestamp,
    /// When it ends whatever happens.
    pub absolute_expires_at: Timestamp,
    /// Its tokens.
    pub tokens: TokenSet,
    /// Counts the changes of `tokens`: they are swapped only by who knows the current number.
    pub version: u64,
    /// What the app keeps in it, values as JSON text.
    pub app_data: BTreeMap<String, String>,
}

impl Session {
    /// When it ends if nothing more happens.
    #[must_use]
    pub fn expires_at(&self, lifetimes: &Lifetimes) -> Timestamp {
        self.last_seen_at
            .plus(lifetimes.idle)
            .min(self.absolute_expires_at)
    }

    /// Why it is over at `now`; `None` while it lives.
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

    /// Whether its use at `now` is worth a write: at most once a minute, and often enough for a short idle limit; also when the clock was set back
    /// since the last one.
    #[must_use]
    pub fn touch_is_due(&self, now: Timestamp, lifetimes: &Lifetimes) -> bool {
        now.since(self.last_seen_at) >= lifetimes.touch_interval()
            || self.last_seen_at.is_of_a_later_clock(now)
    }
}

#[cfg(test)]
mod tests;
