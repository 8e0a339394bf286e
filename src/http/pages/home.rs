//! What `/` shows: the four states of the page and the account in it.
//!
//! Values from the provider pass through as text; nothing is computed or formatted here.

use serde::Serialize;

/// What is known about the person in front of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Home {
    /// Nobody is signed in.
    SignedOut,
    /// Signed in, and the provider answered.
    SignedIn(AccountView),
    /// Signed in, but the account cannot be had now.
    AccountUnavailable {
        /// The name from the login, where it is known.
        username: Option<String>,
        /// Why.
        cause: AccountTrouble,
    },
    /// The session store cannot be asked, so nobody knows whether somebody is signed in.
    StoreUnavailable,
}

/// Why a signed-in person's account cannot be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountTrouble {
    /// The provider is down or sheds load.
    ProviderUnavailable,
    /// The provider did not answer in time.
    ProviderTimeout,
    /// The provider's answer cannot be used.
    ProviderError,
    /// The provider says that this account may not.
    Forbidden,
}

impl AccountTrouble {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::ProviderUnavailable,
        Self::ProviderTimeout,
        Self::ProviderError,
        Self::Forbidden,
    ];

    const fn code(self) -> &'static str {
        match self {
            Self::ProviderUnavailable => "provider_unavailable",
            Self::ProviderTimeout => "provider_timeout",
            Self::ProviderError => "provider_error",
            Self::Forbidden => "forbidden",
        }
    }
}

/// The account as the provider described it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountView {
    /// The user's name.
    pub username: Option<String>,
    /// The e-mail address.
    pub email: Option<String>,
    /// The balance, word for word; may be negative. `None` when the provider gave none.
    pub balance: Option<String>,
    /// What the provider says of the account.
    pub status: AccountStatus,
}

/// The provider's `status`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountStatus {
    /// 1
    Enabled,
    /// 2
    Disabled,
    /// 3
    Deleted,
    /// Any other number: shown, not blocked.
    Unknown(i64),
}

impl AccountStatus {
    const fn number(self) -> i64 {
        match self {
            Self::Enabled => 1,
            Self::Disabled => 2,
            Self::Deleted => 3,
            Self::Unknown(number) => number,
        }
    }

    const fn words(self) -> Option<&'static str> {
        match self {
            Self::Enabled => None,
            Self::Disabled => Some("status-disabled"),
            Self::Deleted => Some("status-deleted"),
            Self::Unknown(_) => Some("status-unknown"),
        }
    }
}

impl Home {
    /// The name on the page, where there is one.
    pub(super) fn username(&self) -> Option<&str> {
        match self {
            Self::SignedIn(AccountView { username, .. })
            | Self::AccountUnavailable { username, .. } => username.as_deref(),
            Self::SignedOut | Self::StoreUnavailable => None,
        }
    }

    pub(super) fn view(&self) -> HomeView<'_> {
        match self {
            Self::SignedOut => HomeView::SignedOut,
            Self::SignedIn(account) => HomeView::SignedIn(Card {
                username: account.username.as_deref(),
                email: account.email.as_deref(),
                balance: account.balance.as_deref(),
                is_negative: account.balance.as_deref().is_some_and(is_negative),
                status: account.status.number(),
                status_words: account.status.words(),
            }),
            Self::AccountUnavailable { username, cause } => HomeView::AccountUnavailable {
                username: username.as_deref(),
                cause: cause.code(),
            },
            Self::StoreUnavailable => HomeView::StoreUnavailable,
        }
    }
}

fn is_negative(balance: &str) -> bool {
    balance.trim_start().starts_with(['-', '\u{2212}'])
}

/// What the template needs.
#[derive(Debug, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub(super) enum HomeView<'a> {
    SignedOut,
    SignedIn(Card<'a>),
    AccountUnavailable {
        username: Option<&'a str>,
        cause: &'static str,
    },
    StoreUnavailable,
}

#[derive(Debug, Serialize)]
pub(super) struct Card<'a> {
    username: Option<&'a str>,
    email: Option<&'a str>,
    balance: Option<&'a str>,
    is_negative: bool,
    status: i64,
    status_words: Option<&'static str>,
}
