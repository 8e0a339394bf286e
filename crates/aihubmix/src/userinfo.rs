//! The account as the provider describes it: the documented fields, as they were sent.
//!
//! This module must never pass on a field that is not documented, and never change a number.

use bff_core::UserId;
use bff_core::provider::{Json, Scalar};
use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::value::RawValue;

use super::balance;

/// Maximum length of a name that is kept, in characters, because a name is only shown and is stored with every session of its user. Longer
/// texts are cut. Numbers that are too long are left out.
const LONGEST_NAME: usize = 128;
/// Maximum length of an e-mail address, in characters (RFC 5321 §4.5.3.1.3).
const LONGEST_EMAIL: usize = 254;
/// Maximum length of a number or a balance, in characters.
const LONGEST_NUMBER: usize = 64;

/// 2^53. Numbers in a browser's script are not exact beyond it.
const EXACT_LIMIT: &str = "9007199254740992";

/// Whether the account may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountStatus {
    /// Status 1, or no status.
    Enabled,
    /// Status 2.
    Disabled,
    /// Status 3.
    Deleted,
    /// A status that is not documented. It is shown, and the account is not blocked.
    Unknown(i64),
}

impl AccountStatus {
    /// Returns the documented number.
    #[must_use]
    pub const fn number(self) -> i64 {
        match self {
            Self::Enabled => 1,
            Self::Disabled => 2,
            Self::Deleted => 3,
            Self::Unknown(number) => number,
        }
    }

    /// Returns whether the provider says that this account may not be used.
    #[must_use]
    pub const fn is_blocked(self) -> bool {
        matches!(self, Self::Disabled | Self::Deleted)
    }
}

/// An account at the provider. Absent fields stay absent; a null counts as absent.
#[derive(Clone, PartialEq, Eq)]
pub struct UserInfo {
    fields: Vec<(&'static str, Scalar)>,
}

/// Shows only the names of the fields, because personal data must not be logged.
impl std::fmt::Debug for UserInfo {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = self.fields.iter().map(|(name, _)| name);
        formatter.write_str("UserInfo")?;
        formatter.debug_set().entries(names).finish()
    }
}

impl UserInfo {
    /// Reads the documented fields of a success of [`USERINFO`](crate::USERINFO). A missing balance is computed as `quota / quota_per_unit`; with 0 it
    /// stays missing.
    #[must_use]
    pub fn read(object: &Json, quota_per_unit: u64) -> Self {
        let mut fields = Vec::new();
        for name in ["id", "username", "email", "quota", "used_quota"] {
            if let Some(value) = field(object, name) {
                fields.push((name, value));
            }
        }
        let balance = field(object, "balance_formatted").or_else(|| {
            let quota = field(object, "quota")?.into_text()?;
            balance::formatted(&quota, quota_per_unit).map(Scalar::Text)
        });
        fields.extend(balance.map(|balance| ("balance_formatted", balance)));
        for name in ["created_time", "status"] {
            if let Some(value) = field(object, name) {
                fields.push((name, value));
            }
        }
        Self { fields }
    }

    /// Returns the account's id as text. A whole number written as a float is the same id.
    #[must_use]
    pub fn user_id(&self) -> Option<UserId> {
        let text = match self.get("id")? {
            Scalar::Number(number) => whole(number).unwrap_or(number),
            Scalar::Text(text) => text,
            Scalar::Bool(_) => return None,
        };
        Some(UserId::new(text))
    }

    /// Returns the user name.
    #[must_use]
    pub fn username(&self) -> Option<&str> {
        self.text("username")
    }

    /// Returns the e-mail address.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.text("email")
    }

    /// Returns the balance to show, without a currency sign: the provider's own text, otherwise computed from the quota.
    #[must_use]
    pub fn balance(&self) -> Option<&str> {
        self.text("balance_formatted")
    }

    /// Returns the amount used, in the unit and with the currency sign of the balance. `None` unless `quota / quota_per_unit` is the balance that the
    /// provider shows, because otherwise the unit of `used_quota` is unknown.
    #[must_use]
    pub fn used(&self, quota_per_unit: u64) -> Option<String> {
        let balance = self.balance()?.trim();
        let begin = balance.find(|c: char| c == '-' || c.is_ascii_digit())?;
        let (sign, amount) = balance.split_at(begin);
        let left = balance::formatted(self.text("quota")?, quota_per_unit)?;
        let used = balance::formatted(self.text("used_quota")?, quota_per_unit)?;
        let is_same_unit = amount.replace(',', "") == left;
        (is_same_unit && !used.starts_with('-')).then(|| format!("{sign}{used}"))
    }

    /// Returns whether the account may be used. It is enabled when the provider sends no status.
    #[must_use]
    pub fn status(&self) -> AccountStatus {
        let Some(text) = self.text("status") else {
            return AccountStatus::Enabled;
        };
        match whole(text).unwrap_or(text).parse() {
            Ok(1) => AccountStatus::Enabled,
            Ok(2) => AccountStatus::Disabled,
            Ok(3) => AccountStatus::Deleted,
            Ok(other) => AccountStatus::Unknown(other),
            Err(_) if text.starts_with('-') => AccountStatus::Unknown(i64::MIN),
            Err(_) => AccountStatus::Unknown(i64::MAX),
        }
    }

    fn get(&self, name: &str) -> Option<&Scalar> {
        let found = self.fields.iter().find(|(field, _)| *field == name);
        found.map(|(_, value)| value)
    }

    fn text(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            Scalar::Text(text) | Scalar::Number(text) => Some(text),
            Scalar::Bool(_) => None,
        }
    }
}

/// Returns a documented field, if it has an allowed type.
fn field(object: &Json, name: &str) -> Option<Scalar> {
    match object.scalar(name)? {
        Scalar::Bool(_) => None,
        Scalar::Text(text) if text.is_empty() => None,
        Scalar::Text(text) => match name {
            "quota" | "used_quota" | "created_time" | "status" => {
                (text.len() <= LONGEST_NUMBER && is_decimal(&text)).then_some(Scalar::Text(text))
            }
            _ => Some(Scalar::Text(bounded(name, text))),
        },
        Scalar::Number(number) => match name {
            "username" | "email" => Some(Scalar::Text(bounded(name, number))),
            "id" if number.len() > LONGEST_NUMBER => Some(Scalar::Text(bounded(name, number))),
            _ => (number.len() <= LONGEST_NUMBER).then_some(Scalar::Number(number)),
        },
    }
}

/// Cuts a text of the account to its maximum length. An id is replaced by its form as a [`UserId`].
fn bounded(name: &str, mut text: String) -> String {
    let most = match name {
        "id" => return UserId::new(text).as_str().to_owned(),
        "email" => LONGEST_EMAIL,
        "balance_formatted" => LONGEST_NUMBER,
        _ => LONGEST_NAME,
    };
    if let Some((end, _)) = text.char_indices().nth(most) {
        text.truncate(end);
    }
    text
}

/// Returns whether a string has the form of a JSON number.
fn is_decimal(text: &str) -> bool {
    serde_json::from_str::<&RawValue>(text).is_ok_and(|raw| {
        raw.get().len() == text.len() && text.starts_with(|c: char| c == '-' || c.is_ascii_digit())
    })
}

/// Returns the digits of a whole number that was written with a fraction of zeros.
fn whole(number: &str) -> Option<&str> {
    let (whole, fraction) = number.split_once('.')?;
    fraction.bytes().all(|b| b == b'0').then_some(whole)
}

/// Returns whether a browser's script would read another number: an integer beyond 2^53, or a number so large that it is infinite for a script and an
/// error for many parsers of JSON.
fn is_beyond_exact(number: &str) -> bool {
    let digits = number.trim_start_matches('-');
    if digits.bytes().all(|b| b.is_ascii_digit()) {
        let longer = digits.len().cmp(&EXACT_LIMIT.len());
        return longer.then_with(|| digits.cmp(EXACT_LIMIT)).is_gt();
    }
    number.parse().is_ok_and(f64::is_infinite)
}

/// Writes the JSON for the browser: only the fields that are present, numbers as they were sent, but as strings where a script would read another
/// number. For `serde_json` only, because numbers are written verbatim.
impl Serialize for UserInfo {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.fields.len()))?;
        for (name, value) in &self.fields {
            match value {
                Scalar::Number(number) if !is_beyond_exact(number) => {
                    let raw: &RawValue =
                        serde_json::from_str(number).map_err(serde::ser::Error::custom)?;
                    map.serialize_entry(name, raw)?;
                }
                Scalar::Number(text) | Scalar::Text(text) => map.serialize_entry(name, text)?,
                Scalar::Bool(flag) => map.serialize_entry(name, flag)?,
            }
        }
        map.end()
    }
}
