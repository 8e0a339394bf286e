//! What the page tells a person about what just happened.
//!
//! A login error is known here by its code only: nothing that a provider or a query said is ever
//! shown.

use crate::domain::{EndCause, LoginError};

/// A message above the card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// The login succeeded.
    LoggedIn,
    /// A login did not succeed, and the session from before goes on.
    StillSignedIn,
    /// The person signed out.
    LoggedOut,
    /// The balance was read anew.
    BalanceUpdated,
    /// The balance could not be read because the session is over.
    RefreshFailed,
    /// The session is over, and why.
    SessionEnded(EndCause),
    /// The address says that a login succeeded, and there is no session: where that was just now, the browser does not keep the cookie.
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

/// What the template needs: the ids of the words.
#[derive(Debug, serde::Serialize)]
pub(super) struct NoticeView {
    tone: &'static str,
    words: String,
    hint: Option<String>,
}
