//! What the templates show of an account.

use aihubmix::{AccountStatus, UserInfo};
use bff::KnownUserInfo;
use serde::Serialize;
use serde_json::{Value, json};

/// The last account data of one answer of the provider, and its age. It is not a time of day, because the browser's clock is not known here.
pub(super) struct Known {
    pub(super) info: UserInfo,
    pub(super) unit: u64,
    pub(super) minutes: u64,
}

impl Known {
    pub(super) fn new(known: &KnownUserInfo, unit: u64) -> Self {
        Self {
            info: UserInfo::read(&known.userinfo, unit),
            unit,
            minutes: known.age.as_secs() / 60,
        }
    }

    /// Returns the account. Name, e-mail and balance are those of one answer. Without one it has only the name from the login.
    pub(super) fn account<'a>(known: Option<&'a Self>, username: Option<&str>) -> Account<'a> {
        match known {
            Some(known) => Account::new(&known.info, known.unit),
            None => Account::only_name(username),
        }
    }

    pub(super) fn age(&self) -> Value {
        json!({ "minutes": self.minutes, "hours": self.minutes / 60 })
    }
}

/// The account for the templates. Values of the provider are shown as text. The balance is never computed or formatted here.
#[derive(Default, Serialize)]
pub(super) struct Account<'a> {
    pub(super) username: Option<String>,
    /// The first letter of the name, for the picture beside it.
    pub(super) initial: Option<String>,
    pub(super) email: Option<String>,
    pub(super) balance: Option<&'a str>,
    /// The length of the balance in steps, from which the style sheet computes a size that fits one line.
    pub(super) fit: usize,
    pub(super) is_negative: bool,
    /// The amount used, in the unit of the balance.
    pub(super) used: Option<String>,
    /// The quota of one unit of the balance, for the script that computes `used` again.
    pub(super) unit: u64,
    pub(super) status: i64,
    /// The id of the sentence about the status. `None` for an enabled account.
    pub(super) status_words: Option<&'static str>,
    /// Whether the account cannot be used, so that a top-up makes no sense.
    pub(super) is_blocked: bool,
}

impl<'a> Account<'a> {
    pub(super) fn new(info: &'a UserInfo, unit: u64) -> Self {
        Self {
            email: info.email().map(without_bidi_controls),
            used: info.used(unit),
            unit,
            status: info.status().number(),
            status_words: match info.status() {
                AccountStatus::Enabled => None,
                AccountStatus::Disabled => Some("status-disabled"),
                AccountStatus::Deleted => Some("status-deleted"),
                AccountStatus::Unknown(_) => Some("status-unknown"),
            },
            is_blocked: info.status().is_blocked(),
            ..Self::only_name(info.username()).with_balance(info.balance())
        }
    }

    /// Returns an account of which only the name is known.
    pub(super) fn only_name(username: Option<&str>) -> Self {
        let username = username.map(without_bidi_controls);
        Self {
            initial: username.as_deref().and_then(initial),
            username,
            status: AccountStatus::Enabled.number(),
            ..Self::default()
        }
    }

    pub(super) fn with_balance(self, balance: Option<&'a str>) -> Self {
        Self {
            balance,
            fit: balance.map_or(0, fit),
            is_negative: balance.is_some_and(is_negative),
            ..self
        }
    }
}

/// Returns a text without the characters that change the direction of what follows (UAX #9 §2), because such a name would be shown reversed.
fn without_bidi_controls(text: &str) -> String {
    let is_control = |c: char| matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.replace(is_control, "")
}

fn initial(name: &str) -> Option<String> {
    let first = name.chars().find(|c| c.is_alphanumeric())?;
    Some(first.to_uppercase().collect())
}

/// Returns the least of the steps of `page.css` that is not below the number of characters.
pub(super) fn fit(balance: &str) -> usize {
    const STEPS: [usize; 7] = [8, 12, 16, 20, 28, 40, 64];
    let length = balance.chars().count();
    STEPS.into_iter().find(|step| *step >= length).unwrap_or(64)
}

fn is_negative(balance: &str) -> bool {
    balance.trim_start().starts_with(['-', '\u{2212}'])
}
