//! What `/` shows: the four states of the page and the account in it.
//!
//! Values from the provider pass through as text; nothing is computed or formatted here.

use serde::Serialize;

use crate::provider::{AccountStatus, UserInfo};

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
        /// The account as it was last heard of.
        known: Option<KnownAccount>,
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

impl AccountView {
    /// What the page shows of an account.
    pub fn of(info: &UserInfo) -> Self {
        Self {
            username: info.username().map(str::to_owned),
            email: info.email().map(str::to_owned),
            balance: info.balance().map(str::to_owned),
            status: info.status(),
        }
    }
}

/// An account as the provider described it some time ago.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownAccount {
    /// The account then.
    pub account: AccountView,
    /// How long ago, in whole minutes. Not a time of day: the reader's clock is not known here.
    pub minutes: u64,
}

/// What the page says of a status: nothing while all is well.
const fn words(status: AccountStatus) -> Option<&'static str> {
    match status {
        AccountStatus::Enabled => None,
        AccountStatus::Disabled => Some("status-disabled"),
        AccountStatus::Deleted => Some("status-deleted"),
        AccountStatus::Unknown(_) => Some("status-unknown"),
    }
}

impl Home {
    pub(super) fn view(&self) -> HomeView<'_> {
        match self {
            Self::SignedOut => HomeView::SignedOut,
            Self::SignedIn(account) => HomeView::SignedIn(Card {
                username: account.username.as_deref(),
                email: account.email.as_deref(),
                balance: account.balance.as_deref(),
                is_negative: account.balance.as_deref().is_some_and(is_negative),
                status: account.status.number(),
                status_words: words(account.status),
            }),
            Self::AccountUnavailable {
                username,
                cause,
                known,
            } => HomeView::AccountUnavailable {
                username: username.as_deref(),
                cause: cause.code(),
                known: known.as_ref().map(|known| Known {
                    balance: known.account.balance.as_deref(),
                    email: known.account.email.as_deref(),
                    minutes: known.minutes,
                    hours: known.minutes / 60,
                }),
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
        known: Option<Known<'a>>,
    },
    StoreUnavailable,
}

#[derive(Debug, Serialize)]
pub(super) struct Known<'a> {
    balance: Option<&'a str>,
    email: Option<&'a str>,
    minutes: u64,
    hours: u64,
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
