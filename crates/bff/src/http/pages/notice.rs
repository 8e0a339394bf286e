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
    /// The session is over, and why.
    SessionEnded(EndCause),
    /// The URL says that a login succeeded, but there is no session. If the login was just now, the browser does not store the cookie.
    CookiesBlocked,
    /// The login failed.
    Error(LoginError),
    /// A notice of the app: the id of its words.
    App(Tone, &'static str),
}

/// Whether a notice tells of a success or of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// A success.
    Good,
    /// A failure.
    Bad,
}

impl Notice {
    pub(super) fn view(self) -> NoticeView {
        use Tone::{Bad, Good};
        let (tone, words) = match self {
            Self::LoggedIn => (Good, "notice-logged_in".to_owned()),
            Self::StillSignedIn => (Good, "notice-still_signed_in".to_owned()),
            Self::LoggedOut | Self::SessionEnded(EndCause::LoggedOut | EndCause::Replaced) => {
                (Good, "notice-logged_out".to_owned())
            }
            Self::SessionEnded(cause) => (Bad, format!("ended-{}", cause.code())),
            Self::CookiesBlocked => (Bad, "notice-cookies_blocked".to_owned()),
            Self::Error(error) => (Bad, format!("error-{}", error.code())),
            Self::App(tone, words) => (tone, words.to_owned()),
        };
        let is_error = matches!(self, Self::Error(_));
        let has_hint = is_error || self == Self::CookiesBlocked;
        let hint = has_hint.then(|| format!("{words}.hint"));
        let contact = is_error.then(|| format!("{words}.contact"));
        let tone = if tone == Good { "good" } else { "bad" };
        NoticeView {
            tone,
            words,
            hint,
            contact,
        }
    }
}

/// Values for the template: the ids of the words.
#[derive(Debug, serde::Serialize)]
pub(super) struct NoticeView {
    tone: &'static str,
    words: String,
    hint: Option<String>,
    /// The sentence whose link leads to the support. The renderer removes it where there is none.
    pub(super) contact: Option<String>,
}
