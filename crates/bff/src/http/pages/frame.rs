//! The typed values of a page: what all pages of a request share, and the states of the page at `/` and of the pop-up.

use super::language::Language;
use super::target::LocalTarget;
use super::theme::Theme;
use crate::domain::LoginError;

/// Values that every page of one request shares.
#[derive(Debug, Clone, Copy)]
pub struct Frame<'a> {
    /// The reader's language.
    pub language: &'a Language,
    /// The reader's theme.
    pub theme: Theme,
    /// The path that the links for language and theme open: that of this page.
    pub here: &'a str,
    /// The parameters that these links keep, such as `&page=2`.
    pub keep: &'a str,
    /// The nonce of this response's Content-Security-Policy.
    pub nonce: &'a str,
    /// The id of this request. Error pages show it in small type.
    pub request_id: &'a str,
    /// The URL of the sandbox's control page. Set only while the sandbox is the provider.
    pub sandbox: Option<&'a str>,
    /// The user name from the login, as `/api/session` returns it. The script of the page at `/` compares the two to detect that another user has
    /// signed in. The provider may use another name for the user since then.
    pub user: Option<&'a str>,
}

impl<'a> Frame<'a> {
    /// Returns the frame of a page at `/` for a reader who chose no theme. Neither sandbox nor user is set.
    #[must_use]
    pub const fn new(language: &'a Language, nonce: &'a str, request_id: &'a str) -> Self {
        Self {
            language,
            theme: Theme::System,
            here: "/",
            keep: "",
            nonce,
            request_id,
            sandbox: None,
            user: None,
        }
    }
}

/// The outcome of a login in a pop-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PopupOutcome<'a> {
    /// Signed in. The page that opened the pop-up navigates to `return_to`.
    Success {
        /// The target of the navigation.
        return_to: LocalTarget<'a>,
    },
    /// Not signed in.
    Error(LoginError),
}

/// The state of the page at `/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Home<'a> {
    /// The browser is signed out.
    SignedOut,
    /// Signed in. The name of the state is for the page's script: `signed_in`, or a name of the app.
    SignedIn(&'a str),
    /// The session store failed, so it is unknown whether the browser is signed in.
    StoreUnavailable,
}

impl<'a> Home<'a> {
    /// Returns the name of the state in the page.
    pub(super) const fn name(self) -> &'a str {
        match self {
            Self::SignedOut => "signed_out",
            Self::SignedIn(name) => name,
            Self::StoreUnavailable => "store_unavailable",
        }
    }
}
