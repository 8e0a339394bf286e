//! Contents of the page at `/`: its four states, and the account.
//!
//! Values from the provider are shown as text. Nothing is computed or formatted here.

use aihubmix::{AccountStatus, UserInfo};
use serde::Serialize;

/// The state of the page at `/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Home {
    /// The browser is signed out.
    SignedOut,
    /// Signed in, and the provider returned the account.
    SignedIn(AccountView),
    /// Signed in, but the account is not available now.
    AccountUnavailable {
        /// The name from the login, if it is known.
        username: Option<String>,
        /// Why the account is not available.
        cause: AccountTrouble,
        /// The last account that the provider returned, if there is one.
        known: Option<KnownAccount>,
    },
    /// The session store failed, so it is unknown whether the browser is signed in.
    StoreUnavailable,
}

/// Why the account of a signed-in user cannot be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountTrouble {
    /// The provider is down or refuses calls because of its load.
    ProviderUnavailable,
    /// The provider did not answer in time.
    ProviderTimeout,
    /// The provider's response is unusable.
    ProviderError,
    /// The provider denies access to this account.
    Forbidden,
}

impl AccountTrouble {
    /// All variants.
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
    /// The balance, as the provider wrote it. It may be negative. `None` when the provider sent none.
    pub balance: Option<String>,
    /// The status of the account at the provider.
    pub status: AccountStatus,
}

impl AccountView {
    /// Selects the fields that the page shows.
    pub fn of(info: &UserInfo) -> Self {
        Self {
            username: info.username().map(str::to_owned),
            email: info.email().map(str::to_owned),
            balance: info.balance().map(str::to_owned),
            status: info.status(),
        }
    }
}

/// An account that the provider returned some time ago.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownAccount {
    /// The account at that time.
    pub account: AccountView,
    /// The age in whole minutes. It is not a time of day, because the browser's clock is not known here.
    pub minutes: u64,
}

/// Returns the id of the sentence about a status, or `None` for an enabled account.
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

/// Values for the template.
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
