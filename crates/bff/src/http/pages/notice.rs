//! Notices on the page at `/` about what just happened.
//!
//! A login error is known here by its code only, so that no text from a provider or a query is shown.

use crate::domain::{EndCause, LoginError};

/// A notice above the account card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// The login succeeded.
    LoggedIn,
    /// A login did not succeed, and the previous session is still live.
    StillSignedIn,
    /// The user signed out.
    LoggedOut,
    /// The balance was read again.
    BalanceUpdated,
    /// The balance could not be read because the session is over.
    RefreshFailed,
    /// The session is over, and why.
    SessionEnded(EndCause),
    /// The URL says that a login succeeded, but there is no session. If the login was just now, the browser does not store the cookie.
    CookiesBlocked,
    /// The login failed.
    Error(LoginError),
}

impl Notice {
    pub(super) fn view(self) -> NoticeView {
        let (tone, words) = match self {
            Self::LoggedIn => ("good", "notice-logged_in".to_owned()),
            Self::StillSignedIn => ("good", "notice-still_signed_in".to_owned()),
            Self::LoggedOut => ("good", "notice-logged_out".to_owned()),
            Self::BalanceUpdated => ("good", "notice-balance_updated".to_owned()),
            Self::RefreshFailed => ("bad", "notice-refresh_failed".to_owned()),
            Self::SessionEnded(EndCause::LoggedOut | EndCause::Replaced) => {
                ("good", "notice-logged_out".to_owned())
            }
            Self::SessionEnded(cause) => ("bad", format!("ended-{}", cause.code())),
            Self::CookiesBlocked => ("bad", "notice-cookies_blocked".to_owned()),
            Self::Error(error) => ("bad", format!("error-{}", error.code())),
        };
        let hint = matches!(self, Self::Error(_)).then(|| format!("{words}.hint"));
        NoticeView { tone, words, hint }
    }
}

/// Values for the template: the ids of the words.
#[derive(Debug, serde::Serialize)]
pub(super) struct NoticeView {
    tone: &'static str,
    words: String,
    hint: Option<String>,
}
